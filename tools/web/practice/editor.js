/* A field for code: CodeMirror, loaded when the first is shown; a plain text area until then and where it cannot be loaded. It lives in a shadow root,
 * because only there CodeMirror keeps its styles in sheets instead of a <style> element, which the page's policy does not allow. */
import { el } from "../kit/dom.js";
import { languages } from "./languages.js";

const at = name => `../lib/codemirror/${name}.js`;

let loading = null;

function load() {
    loading ??= Promise.all(["state", "view", "commands", "language", "lezer-highlight"].map(name => import(at(name))))
        .then(([state, view, commands, language, highlight]) => ({ ...state, ...view, ...commands, ...language, ...highlight }));
    return loading;
}

/* Colours are the page's own, so they follow light and dark. */
function looks({ EditorView, HighlightStyle, syntaxHighlighting, tags }) {
    const style = HighlightStyle.define([
        { tag: [tags.keyword, tags.modifier, tags.operatorKeyword], color: "var(--code-keyword)", fontWeight: "600" },
        { tag: [tags.string, tags.regexp, tags.special(tags.string)], color: "var(--code-string)" },
        { tag: [tags.number, tags.bool, tags.null, tags.atom], color: "var(--code-value)" },
        { tag: [tags.function(tags.variableName), tags.definition(tags.variableName), tags.typeName, tags.className], color: "var(--code-name)" },
        { tag: tags.comment, color: "var(--ink-soft)", fontStyle: "italic" },
    ]);
    const theme = EditorView.theme({
        "&": { color: "var(--ink)", backgroundColor: "var(--surface)", fontSize: "0.9375rem", maxHeight: "var(--editor-most)", borderRadius: "inherit" },
        "&.cm-focused": { outline: "3px solid var(--accent)", outlineOffset: "1px" },
        ".cm-scroller": { fontFamily: "var(--code-font)", lineHeight: "1.5", overflow: "auto", borderRadius: "inherit", minHeight: "var(--editor-least)" },
        ".cm-content": { caretColor: "var(--ink)", minHeight: "var(--editor-least)" },
        ".cm-cursor": { borderLeftColor: "var(--ink)" },
        ".cm-gutters": { backgroundColor: "var(--raised)", color: "var(--ink-soft)", borderRight: "1px solid var(--line)" },
        ".cm-activeLine, .cm-activeLineGutter": { backgroundColor: "var(--accent-faint)" },
        "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": { backgroundColor: "var(--code-selected)" },
    });
    return [theme, syntaxHighlighting(style)];
}

function keys({ keymap, defaultKeymap, historyKeymap, indentWithTab, history, drawSelection, lineNumbers, highlightActiveLine, highlightActiveLineGutter,
    indentOnInput, bracketMatching, indentUnit, EditorView }) {
    return [history(), drawSelection(), lineNumbers(), highlightActiveLine(), highlightActiveLineGutter(), indentOnInput(), bracketMatching(),
        indentUnit.of("    "), EditorView.lineWrapping, keymap.of([...defaultKeymap, ...historyKeymap, indentWithTab])];
}

/* Text typed over a selection: Chromium gives what it puts there itself the style of what stood there, as an attribute, which the policy refuses. */
function typedOver({ EditorView }) {
    return EditorView.domEventHandlers({
        beforeinput({ inputType, data }, view) {
            const mine = inputType === "insertText" && data && !view.composing && view.state.selection.ranges.some(range => !range.empty);
            if (mine)
                view.dispatch(view.state.update(view.state.replaceSelection(data), { userEvent: "input.type", scrollIntoView: true }));
            return Boolean(mine);
        },
    });
}

/** An editor named `label`, for a screen reader described by `description`. `onChange(text)`.
 *  Returns { node, text(), setText(text), setLanguage(name), focus(), ready }; `ready` resolves when it is what it will be. */
export function createEditor({ label, text = "", language = "text", description = "", onChange = () => {} }) {
    const area = el("textarea", { class: "code-area", rows: "8", spellcheck: "false", autocapitalize: "off", autocomplete: "off", "aria-label": label });
    const node = el("div", { class: "editor" }, area);
    let view = null;
    let chosen = language;
    let choose = async () => {};

    area.value = text;
    area.addEventListener("input", () => onChange(area.value));

    async function grow() {
        const cm = await load();
        const grammar = new cm.Compartment();
        const root = el("div", { class: "editor-root" });
        const shadow = root.attachShadow({ mode: "open" });
        const mounted = new cm.EditorView({
            root: shadow,
            parent: shadow,
            state: cm.EditorState.create({
                doc: area.value,
                extensions: [keys(cm), typedOver(cm), looks(cm), grammar.of([]),
                    cm.EditorView.contentAttributes.of({ "aria-label": label, "aria-description": description, spellcheck: "false", autocapitalize: "off" }),
                    cm.EditorView.updateListener.of(update => update.docChanged && onChange(update.state.doc.toString()))],
            }),
        });
        const hadFocus = document.activeElement === area;
        node.replaceChildren(root);
        view = mounted;
        if (hadFocus)
            view.focus();
        choose = async name => {
            const extension = await (languages[name] ?? languages.text).grammar();
            if (name === chosen)
                view.dispatch({ effects: grammar.reconfigure(extension) });
        };
        await choose(chosen);
        node.dataset.ready = "";
    }

    function setText(fresh) {
        if (view)
            view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: fresh } });
        else
            area.value = fresh;
    }

    return {
        node, setText,
        text: () => (view ? view.state.doc.toString() : area.value),
        focus: () => (view ?? area).focus(),
        async setLanguage(name) {
            chosen = name;
            await choose(name).catch(() => {}); // without its grammar it is an editor still
        },
        ready: grow().catch(() => {}), // the area stays, and what is typed in it counts
    };
}

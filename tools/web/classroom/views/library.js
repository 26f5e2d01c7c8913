/* A teacher's recordings: the list, uploading with progress, and choosing one for a class. */
import { el, setText, show } from "../../kit/dom.js";
import { errorText } from "../../kit/errors.js";
import { formatLength, formatTime } from "../../kit/format.js";
import { announce, button, dialog, empty, field, notify, once, panel } from "../../kit/parts.js";
import { t } from "../texts.js";

const ACCEPTED = ".mp3,.wav,.m4a,.ogg,.webm";

/** The types the server takes, by extension: browsers know some of these files by other names. */
const TYPES = { mp3: "audio/mpeg", wav: "audio/wav", m4a: "audio/x-m4a", ogg: "audio/ogg", webm: "audio/webm" };

function named(file) {
    const type = TYPES[file.name.split(".").pop().toLowerCase()];
    return type ? new File([file], file.name, { type }) : file;
}

/* ---- uploading ---- */

function uploader(app, onUploaded) {
    const file = field(t("library.file"), { type: "file", accept: ACCEPTED, required: true, hint: t("library.fileHint") });
    const title = field(t("library.name"), { type: "text", required: true, maxlength: 200, autocomplete: "off", dir: "auto" });
    const description = field(t("library.description"), { type: "text", maxlength: 2000, autocomplete: "off", dir: "auto" });
    const send = button(t("library.upload"), { kind: "primary", type: "submit" });
    const cancel = button(t("app.cancel"), { hidden: true, onClick: () => controller.abort() });
    const bar = el("progress", { max: "1", value: "0", "aria-label": t("library.upload") });
    const said = el("p", { class: "meta" });
    const progress = el("div", { class: "stack tight", hidden: true }, bar, said);
    const wrong = el("p", { class: "wrong", role: "alert", hidden: true });
    const form = el("form", { class: "stack", on: { submit: event => { event.preventDefault(); once(send, upload); } } },
        file.node, title.node, description.node, progress, wrong, el("div", { class: "row" }, send, cancel));
    let controller = new AbortController();

    file.input.addEventListener("change", () => {
        const name = file.input.files[0]?.name.replace(/\.[^.]+$/, "") ?? "";
        if (!title.input.value)
            title.input.value = name;
    });

    function onProgress(share) {
        bar.value = share;
        setText(said, share < 1 ? t("library.uploading", { percent: Math.floor(share * 100) }) : t("library.storing"));
    }

    async function upload() {
        controller = new AbortController();
        onProgress(0);
        [progress, cancel].forEach(node => show(node, true));
        show(wrong, false);
        try {
            const fields = { title: title.input.value.trim(), description: description.input.value.trim(), file: named(file.input.files[0]) };
            const audio = await app.lectern.uploadAudio(fields, { onProgress, signal: controller.signal });
            form.reset();
            announce(t("library.uploaded", { title: audio.title }));
            await onUploaded(audio);
        } catch (error) {
            if (error.name === "ApiError") {
                setText(wrong, errorText(error));
                show(wrong, true);
            } else if (error.name !== "AbortError") {
                throw error;
            }
        } finally {
            [progress, cancel].forEach(node => show(node, false));
        }
    }

    return form;
}

/* ---- the list ---- */

function row(app, audio, use) {
    const listen = el("audio", { controls: true, preload: "none", src: app.lectern.audioUrl(audio.audio_id, audio.stream_url), "aria-label": t("library.listen", { title: audio.title }) });
    return el("li", { class: "recording" },
        el("div", { class: "grow" },
            el("span", { class: "name", dir: "auto" }, audio.title),
            audio.description ? el("p", { class: "meta", dir: "auto" }, audio.description) : null,
            el("p", { class: "meta" }, t("library.details", { length: formatLength(audio.duration), day: formatTime(audio.uploaded_at, "day") }))),
        use ? button(t("library.use"), { kind: "primary", label: t("library.useTitle", { title: audio.title }), onClick: () => use(audio) }) : listen);
}

function library(app, use) {
    const list = el("ul", { class: "recordings" });
    const note = empty(t("app.loading"));

    async function load() {
        try {
            const recordings = await app.lectern.audioList();
            list.replaceChildren(...recordings.map(audio => row(app, audio, use)));
            setText(note, t("library.empty"));
            show(note, !recordings.length);
        } catch (error) {
            setText(note, errorText(error));
            show(note, true);
        }
    }

    load();
    return { list, note, load };
}

/** A dialog to choose from, which closes when `choose(audio)` is done. */
export function openLibrary(app, choose) {
    const use = async audio => { await choose(audio); node.close(); };
    const { list, note, load } = library(app, use);
    const add = el("details", { class: "add" }, el("summary", {}, t("library.add")), uploader(app, load));
    const node = dialog(t("library.chooseTitle"), note, list, add);
}

/** The screen of its own. */
export function createLibrary(app) {
    const { list, note, load } = library(app, null);
    const uploaded = audio => { notify(t("library.uploaded", { title: audio.title })); return load(); };
    const node = el("div", { class: "page" },
        el("h1", { tabindex: "-1" }, t("library.title")),
        panel(t("library.add"), {}, uploader(app, uploaded)).node,
        panel(t("library.title"), {}, note, list).node);
    return { node, title: t("library.title") };
}

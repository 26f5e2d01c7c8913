/* Server-sent events out of a stream of text, as the HTML standard reads them (section 9.2.6): lines end with CR, LF or CRLF
 * wherever the pieces are cut, comments are skipped, several data lines are joined. Knows nothing of the network. */

/** A parser. `onEvent({ event, data, id })` gets each complete event; `id` is null for an event that brings none of its own.
 *  `onRetry(milliseconds)` gets what a retry line asks for. */
export function createSseParser({ onEvent, onRetry = () => {} }) {
    let rest = "";
    let first = true;
    let afterReturn = false;
    let frame = emptyFrame();

    function emptyFrame() {
        return { event: "", data: [], id: null };
    }

    function dispatch() {
        if (frame.data.length)
            onEvent({ event: frame.event || "message", data: frame.data.join("\n"), id: frame.id });
        frame = emptyFrame();
    }

    const fields = {
        event: value => { frame.event = value; },
        data: value => { frame.data.push(value); },
        id: value => { if (!value.includes("\0")) frame.id = value; },
        retry: value => { if (/^\d+$/.test(value)) onRetry(Number(value)); },
    };

    function takeLine(line) {
        if (line === "")
            return dispatch();
        const colon = line.indexOf(":");
        const name = colon < 0 ? line : line.slice(0, colon);
        const value = colon < 0 ? "" : line.slice(colon + 1);
        if (Object.hasOwn(fields, name))
            fields[name](value.startsWith(" ") ? value.slice(1) : value);
    }

    /** Text as it comes, cut anywhere. An incomplete event at the end of the stream is never dispatched. */
    function feed(text) {
        if (text === "")
            return;
        if (first && text.startsWith("\uFEFF"))
            text = text.slice(1);
        first = false;
        if (afterReturn && text.startsWith("\n"))
            text = text.slice(1);
        afterReturn = text === "" ? false : text.endsWith("\r");
        const lines = (rest + text).split(/\r\n|\r|\n/);
        rest = lines.pop();
        lines.forEach(takeLine);
    }

    return { feed };
}

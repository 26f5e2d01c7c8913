/* Lines of JSON out of a body that comes in pieces, one value at a time, so that a long log never stands in memory whole. */

export async function* readLines(body) {
    const decoder = new TextDecoder();
    const reader = body.getReader();
    let rest = "";
    for (;;) {
        const { done, value } = await reader.read();
        rest += done ? decoder.decode() : decoder.decode(value, { stream: true });
        const lines = rest.split("\n");
        rest = done ? "" : lines.pop();
        for (const line of lines)
            if (line.trim())
                yield JSON.parse(line);
        if (done)
            return;
    }
}

/* A reporter for node's test runner: writes the cases as JUnit XML, which tools/suite.py counts. */
const ESCAPES = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

function escaped(text) {
    return String(text).replace(/[^\t\n -\uD7FF\uE000-\uFFFD]/g, "?").replace(/[&<>"]/g, c => ESCAPES[c]);
}

function why(error) {
    const cause = error?.cause ?? error;
    return cause?.stack ?? cause?.message ?? String(cause);
}

export default async function* report(events) {
    yield "<testsuite>\n";
    for await (const { type, data } of events) {
        const ran = type === "test:pass" || type === "test:fail";
        if (!ran || data.details?.type === "suite")
            continue;
        const inside = data.skip !== undefined || data.todo !== undefined ? "<skipped/>"
            : type === "test:fail" ? `<failure message="failed">${escaped(why(data.details.error))}</failure>` : "";
        yield `<testcase name="${escaped(data.name)}" time="${data.details.duration_ms / 1000}">${inside}</testcase>\n`;
    }
    yield "</testsuite>\n";
}

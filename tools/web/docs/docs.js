/* The page /docs: Swagger UI over the openapi.json beside it. Whatever prefix or mount the page is reached under, the server's address and
 * that of sign-in are taken from the page's own. */
const STREAM_MS = 5000; /* an event stream has no end: this much of it is shown */

async function description() {
    const answer = await fetch("openapi.json");
    if (!answer.ok)
        throw new Error(`openapi.json: ${answer.status} ${answer.statusText}`);
    const document = await answer.json();
    const base = new URL(".", location.href).href;
    document.servers = [{ url: base.replace(/\/$/, "") }];
    for (const scheme of Object.values(document.components.securitySchemes))
        if (scheme.flows?.password)
            scheme.flows.password.tokenUrl = new URL(scheme.flows.password.tokenUrl, base).href;
    return document;
}

/* The answer; of an event stream what comes first. */
async function fetchFirst(url, request) {
    const answer = await fetch(url, request);
    if (!answer.ok || !(answer.headers.get("content-type") ?? "").startsWith("text/event-stream"))
        return answer;
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    const end = setTimeout(() => reader.cancel(), STREAM_MS);
    let text = "";
    for (let piece = await reader.read(); !piece.done; piece = await reader.read())
        text += piece.value;
    clearTimeout(end);
    return new Response(text, { status: answer.status, statusText: answer.statusText, headers: answer.headers });
}

function withFetch(request) {
    request.userFetch = fetchFirst;
    return request;
}

try {
    globalThis.SwaggerUIBundle({
        spec: await description(),
        domNode: document.getElementById("docs"),
        deepLinking: true,
        docExpansion: "none", /* areas are opened one by one: of some 150 operations at once Swagger UI shows a few */
        tryItOutEnabled: true,
        displayRequestDuration: true,
        validatorUrl: null, /* it is somewhere else */
        requestInterceptor: withFetch,
    });
} catch (error) {
    document.getElementById("docs").textContent = `The description could not be loaded: ${error.message}`;
}

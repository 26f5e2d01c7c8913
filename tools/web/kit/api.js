/* Requests to the server: JSON in and out, the token on each, one kind of error. URLs are relative to the page, so it works
 * wherever it is mounted. The endpoints are in lectern.js. */

/** What went wrong with a request. `status` 0: no answer at all. `detail`: the server's words, or ''. */
export class ApiError extends Error {
    constructor(status, detail, retryAfter = null) {
        super(`${status} ${detail}`);
        this.name = "ApiError";
        this.status = status;
        this.detail = detail;
        this.retryAfter = retryAfter;
    }
}

/** Where an area answers, from wherever the page is: its own mount, so that no other area's paths are in the way. */
export function mountOf(area, page) {
    return new URL(`m/${area}/`, page.replace(/[?#].*$/, "").replace(/\/m\/[a-z]+\/[^/]*$/, "/")).href;
}

/** Validation errors come as a list, one per field. */
function detailFrom(body) {
    if (Array.isArray(body?.detail))
        return body.detail.map(({ loc, msg }) => `${loc?.at(-1) ?? ""}: ${msg}`).join("; ");
    return typeof body?.detail === "string" ? body.detail : "";
}

function parsed(text) {
    try {
        return JSON.parse(text);
    } catch {
        return null;
    }
}

function bodyOf({ json, form }) {
    if (json !== undefined)
        return { headers: { "Content-Type": "application/json" }, body: JSON.stringify(json) };
    return form === undefined ? {} : { body: new URLSearchParams(form) };
}

/** `account()` gives who is signed in, or null; `onRefused()` is called when the server no longer knows the token. `renew()`, where tokens are
 *  short-lived: gets new ones, and resolves to whether it did. */
export function createApi({ base, account, onRefused, renew = null }) {
    let renewing = null; // for all requests that wait for it


    function url(path, query = {}) {
        const target = new URL(path, base);
        for (const [name, value] of Object.entries(query))
            if (value !== undefined && value !== null && value !== "")
                target.searchParams.set(name, value);
        return target.href;
    }

    function authorization() {
        const token = account()?.token;
        return token ? { Authorization: `Bearer ${token}` } : {};
    }

    function failed(status, text, retryAfter) {
        if (status === 401 && account())
            onRefused();
        return new ApiError(status, detailFrom(parsed(text)), retryAfter);
    }

    async function ask(method, path, { query, signal, headers: more, ...content }) {
        const { headers, body } = bodyOf(content);
        try {
            return await fetch(url(path, query), { method, headers: { ...authorization(), ...headers, ...more }, body, signal });
        } catch (error) {
            throw error.name === "AbortError" ? error : new ApiError(0, "");
        }
    }

    /** Whether there is another token than `token`, which was refused: somebody else's request has brought one, or it is asked for here. */
    async function renewed(token) {
        if (account()?.token !== token)
            return account() !== null;
        renewing ??= renew().finally(() => { renewing = null; });
        return renewing;
    }

    /** The raw answer of a request that went well. */
    async function request(method, path, options = {}) {
        const token = account()?.token;
        let answer = await ask(method, path, options);
        if (answer.status === 401 && token && renew && await renewed(token))
            answer = await ask(method, path, options);
        if (!answer.ok)
            throw failed(answer.status, await answer.text(), Number(answer.headers.get("Retry-After")) || null);
        return answer;
    }

    async function call(method, path, options) {
        return (await request(method, path, options)).json();
    }

    /** A multipart upload, which tells how far it is. XMLHttpRequest, because fetch cannot.
     *  `onProgress(share)`: 0 … 1. `signal` cancels. */
    function upload(path, fields, { onProgress, signal }) {
        return new Promise((resolve, reject) => {
            const form = new FormData();
            Object.entries(fields).forEach(([name, value]) => form.append(name, value));
            const xhr = new XMLHttpRequest();
            xhr.open("POST", url(path));
            Object.entries(authorization()).forEach(([name, value]) => xhr.setRequestHeader(name, value));
            xhr.upload.onprogress = event => event.lengthComputable && onProgress(event.loaded / event.total);
            xhr.onload = () => (xhr.status === 200 ? resolve(parsed(xhr.responseText)) : reject(failed(xhr.status, xhr.responseText)));
            xhr.onerror = () => reject(new ApiError(0, ""));
            xhr.onabort = () => reject(new DOMException("cancelled", "AbortError"));
            signal?.addEventListener("abort", () => xhr.abort());
            xhr.send(form);
        });
    }

    return {
        url, request, upload,
        get: (path, query, options) => call("GET", path, { query, ...options }),
        post: (path, options) => call("POST", path, options),
        put: (path, options) => call("PUT", path, options),
        patch: (path, options) => call("PATCH", path, options),
        delete: (path, options) => call("DELETE", path, options),
        token: () => account()?.token ?? "",
        socketUrl: path => url(path, { token: account()?.token }).replace(/^http/, "ws"),
    };
}

/* A proxy in front of a server, as a deployment has one: /seeds/x goes to /x, everything else is not there. */
import { once } from "node:events";
import { createServer, request } from "node:http";

function forward(prefix, target, incoming, outgoing) {
    if (!incoming.url.startsWith(`${prefix}/`))
        return outgoing.writeHead(404).end();
    const { hostname, port } = new URL(target);
    const onward = request({ hostname, port, method: incoming.method, path: incoming.url.slice(prefix.length), headers: incoming.headers }, answer => {
        outgoing.writeHead(answer.statusCode, answer.headers).flushHeaders();
        answer.pipe(outgoing);
    });
    onward.on("error", () => outgoing.destroy());
    outgoing.on("close", () => onward.destroy());
    incoming.pipe(onward);
}

/* { url: what the prefix is reached by, close() } */
export async function startProxy(prefix, target) {
    const server = createServer((incoming, outgoing) => forward(prefix, target, incoming, outgoing)).listen(0, "127.0.0.1");
    await once(server, "listening");
    const close = async () => {
        server.closeAllConnections();
        server.close();
        await once(server, "close");
    };
    return { url: `http://127.0.0.1:${server.address().port}${prefix}`, close };
}

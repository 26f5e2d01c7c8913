/* From the server's documents to what the charts draw. Pure: no page, no clock. A rate is the difference to the document before, of the
 * workers that answered both times, so neither a silent worker nor a new run of the server draws a spike. */

export const KEPT = 300; /* documents: five minutes */
const COUNTERS = ["messages", "requests", "deliveries"];

const data = (document, name) => document.answers?.[name]?.ok ? document.answers[name].data : null;

function rate(before, now, key, seconds) {
    const earlier = new Map((data(before, "workers") ?? []).map(row => [row.worker, row]));
    let sum = null;
    for (const row of data(now, "workers") ?? []) {
        const step = row[key] - earlier.get(row.worker)?.[key];
        if (step >= 0)
            sum = (sum ?? 0) + step;
    }
    return sum === null ? null : sum / seconds;
}

/** One point: { at, messages, requests, deliveries, busy: [percent or null of each worker], memory, p50, p90, p99 }. */
export function point(before, now) {
    const seconds = before ? (now.at_ms - before.at_ms) / 1000 : 0;
    const sameRun = before && data(before, "info")?.pid === data(now, "info")?.pid && seconds > 0;
    const latency = (data(now, "latency") ?? []).find(row => row.stage === "said_to_sent");
    const resident = data(now, "info")?.resident_bytes;
    return {
        at: now.at_ms / 1000,
        ...Object.fromEntries(COUNTERS.map(key => [key, sameRun ? rate(before, now, key, seconds) : null])),
        busy: (data(now, "workers") ?? []).map(row => row.answered && row.busy_now !== undefined ? row.busy_now * 100 : null),
        memory: resident === null || resident === undefined ? null : resident / 1e6,
        p50: latency?.count ? latency.p50_ms : null,
        p90: latency?.count ? latency.p90_ms : null,
        p99: latency?.count ? latency.p99_ms : null,
    };
}

/** The points with one more, the oldest forgotten. */
export function extended(points, next) {
    return [...points.slice(1 - KEPT), next];
}

/** Columns as a chart wants them: times, then one list per reader. */
export function columns(points, readers) {
    return [points.map(p => p.at), ...readers.map(read => points.map(p => read(p) ?? null))];
}

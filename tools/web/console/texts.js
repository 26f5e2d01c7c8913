/* Every word of the console. */

export const texts = {
    title: "lectern console",
    connecting: "Connecting…",
    live: "Live",
    late: seconds => `No news for ${seconds} s`,
    lost: since => `Connection lost at ${since}; trying again`,
    charts: "Over the last five minutes",
    silent: workers => `Silent: worker ${workers.join(", ")}. The rest is shown.`,
    silentWorker: "silent",
    leftOff: rows => `${rows} more rows are left off`,
    empty: "Nothing to show",
    yes: "yes",
    no: "no",
    none: "–",
    worker: index => `worker ${index}`,
    tiles: { state: "State", version: "Version", address: "Address", pid: "Process", resident_bytes: "Memory", open_files: "Open files", connections: "Connections", streams: "Streams", rooms: "Rooms shown" },
    series: {
        messages: { title: "Messages between actors", unit: "per second" },
        requests: { title: "Requests", unit: "per second" },
        deliveries: { title: "Deliveries to streams", unit: "per second" },
        busy: { title: "Busy share of each worker", unit: "percent" },
        memory: { title: "Memory", unit: "megabytes" },
        latency: { title: "From said to sent", unit: "milliseconds" },
    },
    quantiles: { p50: "p50", p90: "p90", p99: "p99" },
    sections: { doctor: "What is slow", workers: "Workers", rooms: "Hottest rooms", actors: "Hottest actors", conns: "Connections, most unsent first", latency: "Latency", slow: "What took too long", queues: "Queues", db: "Database connections", commits: "Group commit", closed: "Ended last, and why" },
    /* Columns that are not their key with blanks. */
    columns: { cpu_us: "CPU µs", idle_ms: "idle ms", memory_bytes: "memory", resident_bytes: "memory", busy_now: "busy now", turn_p99_ms: "turn p99 ms", uptime_s: "up s", p50_ms: "p50 ms", p90_ms: "p90 ms", p99_ms: "p99 ms", max_ms: "max ms", mean_ms: "mean ms" },
};

export function columnName(key) {
    return texts.columns[key] ?? key.replaceAll("_", " ");
}

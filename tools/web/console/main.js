/* The console: a stream of documents, one a second, each with the answers of several commands; drawn as charts and tables. */
import { el, setText } from "../kit/dom.js";
import { makeCharts } from "./charts.js";
import { extended, point } from "./history.js";
import { Section } from "./table.js";
import { texts } from "./texts.js";

const LATE_MS = 4000, AGAIN_MS = 2000;

const status = el("p", { role: "status", class: "status", "data-state": "connecting" }, texts.connecting);
const charts = makeCharts();
const sections = Object.keys(texts.sections).map(name => new Section(name));
const tiles = Object.fromEntries(Object.keys(texts.tiles).map(key => [key, el("dd", {}, texts.none)]));

document.body.append(
    el("header", {}, el("h1", {}, texts.title), status),
    el("main", {},
        el("dl", { class: "tiles" }, Object.entries(tiles).map(([key, value]) => el("div", { "data-tile": key }, el("dt", {}, texts.tiles[key]), value))),
        el("section", {}, el("h2", {}, texts.charts), charts.node),
        sections.map(section => section.node)));

function say(state, text) {
    status.dataset.state = state;
    setText(status, text);
}

let points = [], before = null, heard = 0, lost = null;

function sum(rows, key) {
    return rows.reduce((total, row) => total + (row[key] ?? 0), 0);
}

function showTiles(answers) {
    const info = answers.info?.ok ? answers.info.data : {}, workers = answers.workers?.ok ? answers.workers.data : [];
    const values = {
        ...info, connections: sum(workers, "connections"), streams: sum(workers, "streams"), rooms: answers.rooms?.data?.length,
        resident_bytes: info.resident_bytes && `${(info.resident_bytes / 1e6).toFixed(1)} MB`,
    };
    for (const [key, node] of Object.entries(tiles))
        setText(node, String(values[key] ?? texts.none));
}

function take(news) {
    heard = performance.now();
    lost = null;
    points = extended(points, point(before, news));
    before = news;
    say("live", texts.live);
    showTiles(news.answers);
    charts.update(points);
    sections.forEach(section => section.update(news.answers[section.name]));
}

function lose() {
    lost ??= new Date().toLocaleTimeString();
    say("lost", texts.lost(lost));
}

/* The browser comes back by itself after a broken connection; not after a refusal. */
function connect() {
    const source = new EventSource("console/events");
    source.addEventListener("answers", event => take(JSON.parse(event.data)));
    source.addEventListener("error", () => {
        lose();
        if (source.readyState === EventSource.CLOSED)
            setTimeout(connect, AGAIN_MS);
    });
}

setInterval(() => {
    const silence = performance.now() - heard;
    if (status.dataset.state !== "lost" && heard && silence > LATE_MS)
        say("late", texts.late(Math.round(silence / 1000)));
}, 1000);
connect();

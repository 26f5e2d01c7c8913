/* The timeline of a class, drawn with uPlot: people as a filled line, what happened as bars. For eyes only; the words beside it
 * say the same. */
import { el } from "../../kit/dom.js";
import { t } from "../texts.js";

const HEIGHT = 240;

const colour = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/** uPlot is fetched when the first chart is drawn. */
async function library() {
    const [{ default: UPlot }] = await Promise.all([import("../../lib/uplot.js"), style()]);
    return UPlot;
}

function style() {
    const href = new URL("../../lib/uplot.css", import.meta.url).href;
    if ([...document.styleSheets].some(sheet => sheet.href === href))
        return Promise.resolve();
    return new Promise((resolve, reject) => {
        document.head.append(el("link", { rel: "stylesheet", href, on: { load: resolve, error: reject } }));
    });
}

/** Bars stand on one another, so each series holds its own count and those below it; the legend gives its own. */
function columns({ start, width, buckets }) {
    const times = buckets.map((_, index) => start + index * width);
    const audio = buckets.map(bucket => bucket.audio);
    const hands = buckets.map(bucket => bucket.audio + bucket.hands);
    const messages = buckets.map(bucket => bucket.audio + bucket.hands + bucket.messages);
    return [times, buckets.map(bucket => bucket.people), messages, hands, audio];
}

function options(UPlot, { buckets }, width) {
    const bars = UPlot.paths.bars({ size: [0.9, 24] });
    const own = key => (plot, value, series, index) => (index === null ? "–" : buckets[index][key]);
    const bar = (label, key, name) => ({ label, scale: "events", paths: bars, fill: colour(name), stroke: colour(name), width: 0, points: { show: false }, value: own(key) });
    const axis = { stroke: colour("--ink-soft"), grid: { stroke: colour("--line"), width: 1 }, ticks: { stroke: colour("--line"), width: 1 } };
    const whole = { incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000] };
    return {
        width, height: HEIGHT,
        scales: { people: { range: (plot, low, high) => [0, Math.max(1, high)] }, events: { range: (plot, low, high) => [0, Math.max(1, high) * 1.2] } },
        axes: [
            axis,
            { ...axis, ...whole, scale: "people", size: 40 },
            { ...axis, ...whole, scale: "events", side: 1, size: 40, grid: { show: false } },
        ],
        series: [
            { label: t("report.time") },
            { label: t("report.present"), scale: "people", paths: UPlot.paths.stepped({ align: 1 }), stroke: colour("--accent"), fill: colour("--accent-faint"), width: 2, points: { show: false }, value: own("people") },
            bar(t("report.seriesMessages"), "messages", "--series-1"),
            bar(t("report.seriesHands"), "hands", "--series-2"),
            bar(t("report.seriesAudio"), "audio", "--series-3"),
        ],
    };
}

/** Draws into `frame` and redraws when its width or the colours change. Returns close(). */
export async function drawTimeline(frame, timeline) {
    const UPlot = await library();
    const dark = matchMedia("(prefers-color-scheme: dark)");
    let plot = null;

    function draw() {
        plot?.destroy();
        plot = new UPlot(options(UPlot, timeline, frame.clientWidth), columns(timeline), frame);
    }

    const observer = new ResizeObserver(() => frame.clientWidth && plot?.setSize({ width: frame.clientWidth, height: HEIGHT }));
    draw();
    observer.observe(frame);
    dark.addEventListener("change", draw);
    return () => {
        observer.disconnect();
        dark.removeEventListener("change", draw);
        plot.destroy();
    };
}

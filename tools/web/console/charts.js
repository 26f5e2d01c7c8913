/* The charts: drawn with uPlot for the eye; the newest values stand beside each as text. */
import uPlot from "../lib/uplot.js";

import { el, setText } from "../kit/dom.js";
import { columns } from "./history.js";
import { texts } from "./texts.js";

const HEIGHT = 170, COLOURS = ["--series-1", "--series-2", "--series-3", "--series-4"];
const number = new Intl.NumberFormat("en", { maximumFractionDigits: 1 });
const clock = new Intl.DateTimeFormat("en-GB", { timeStyle: "medium" });
const colour = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/* Lines of a chart: [{ label, read(point) }]; those of workers are known when they are. */
const LINES = {
    busy: newest => newest.busy.map((_, index) => ({ label: texts.worker(index), read: p => p.busy[index] })),
    latency: () => ["p50", "p90", "p99"].map(key => ({ label: texts.quantiles[key], read: p => p[key] })),
};
const plain = key => () => [{ label: "", read: p => p[key] }];

function axis(size) {
    return { stroke: () => colour("--ink-soft"), grid: { stroke: () => colour("--line") }, ticks: { stroke: () => colour("--line") }, size };
}

function options(lines, width) {
    return {
        width, height: HEIGHT, legend: { show: false }, cursor: { show: false }, scales: { y: { range: (_, low, high) => [0, Math.max(high ?? 0, 1) * 1.1] } },
        axes: [{ ...axis(32), space: 70, values: (_, ticks) => ticks.map(tick => clock.format(tick * 1000)) }, { ...axis(56), values: (_, ticks) => ticks.map(tick => number.format(tick)) }],
        series: [{}, ...lines.map((_, index) => ({ stroke: () => colour(COLOURS[index % COLOURS.length]), width: 2, points: { show: false } }))],
    };
}

class Chart {
    constructor(key) {
        this.key = key;
        this.linesOf = LINES[key] ?? plain(key);
        this.lines = [];
        this.words = el("span", { class: "now" });
        this.place = el("div", { class: "plot", "aria-hidden": "true" });
        const { title, unit } = texts.series[key];
        this.node = el("figure", { class: "chart", "data-chart": key }, el("figcaption", {}, el("span", {}, el("b", {}, title), `, ${unit}`), this.words), this.place);
        new ResizeObserver(() => this.plot?.setSize({ width: this.place.clientWidth, height: HEIGHT })).observe(this.place);
    }

    update(points) {
        const newest = points.at(-1);
        const lines = this.linesOf(newest);
        if (!this.plot || lines.length !== this.lines.length) {
            this.plot?.destroy();
            this.lines = lines;
            this.name(lines);
            this.plot = new uPlot(options(lines, this.place.clientWidth), columns(points, lines.map(line => line.read)), this.place);
        } else {
            this.plot.setData(columns(points, lines.map(line => line.read)));
        }
        lines.forEach(({ label, read }, index) => setText(this.values[index], `${label} ${this.word(read(newest))}`.trim()));
    }

    /* A value beside each chart; of several lines each in the colour of its own. */
    name(lines) {
        this.values = lines.map((_, index) => el("span", { class: `value line-${lines.length > 1 ? index % COLOURS.length + 1 : 0}` }));
        this.words.replaceChildren(...this.values);
    }

    word(value) {
        return value === null || value === undefined ? texts.none : number.format(value);
    }
}

/** { node, update(points) }: all charts. */
export function makeCharts() {
    const charts = Object.keys(texts.series).map(key => new Chart(key));
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => charts.forEach(chart => chart.plot?.redraw(false, true)));
    return { node: el("div", { class: "charts" }, charts.map(chart => chart.node)), update: points => charts.forEach(chart => chart.update(points)) };
}

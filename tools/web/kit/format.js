/* Times, lengths and sizes as people read them. */
import { t } from "./texts.js";

/** The server's timestamps are UTC, with microseconds; most areas leave the zone out. */
export function parseTime(stamp) {
    return new Date(`${stamp.replace(/Z$/, "").replace(/(\.\d{3})\d+$/, "$1")}Z`);
}

const formats = {
    time: new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" }),
    exact: new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit" }),
    day: new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", year: "numeric" }),
    moment: new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" }),
};

/** `form`: time, exact, day or moment. */
export function formatTime(stamp, form = "time") {
    return stamp ? formats[form].format(parseTime(stamp)) : "";
}

/** 75 → 1:15, 3675 → 1:01:15. Unknown lengths are a dash. */
export function formatLength(seconds) {
    if (seconds === null || !Number.isFinite(seconds))
        return "–";
    const whole = Math.max(0, Math.floor(seconds));
    const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
    const two = number => String(number).padStart(2, "0");
    return hours ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}

/** A length in words, for attendance and lists: "45 s", "12 min", "1 h 5 min". */
export function formatDuration(seconds) {
    if (seconds < 60)
        return t("duration.seconds", { seconds: Math.round(seconds) });
    const minutes = Math.round(seconds / 60);
    if (minutes < 60)
        return t("duration.minutes", { minutes });
    return t("duration.hours", { hours: Math.floor(minutes / 60), minutes: minutes % 60 });
}

/** How long ago, for lists of running classes. */
export function formatAge(stamp, now = Date.now()) {
    return formatDuration(Math.max(0, (now - parseTime(stamp)) / 1000));
}

export function initials(name) {
    const words = name.trim().split(/\s+/).filter(Boolean);
    const letters = words.length > 1 ? [words[0], words.at(-1)] : words;
    return letters.map(word => [...word][0]).join("").toLocaleUpperCase();
}

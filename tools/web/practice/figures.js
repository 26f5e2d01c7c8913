/* Figures made of what the server tells: how far somebody is, and the shapes of charts. */

export const STATUSES = ["not_started", "in_progress", "completed", "mastered"];

/** Submissions that nobody has judged yet. */
export function isOpen({ status }) {
    return status === "submitted";
}

/** How many exercises are how far: { not_started, in_progress, completed, mastered }. */
export function shares(total, progress) {
    const counts = Object.fromEntries(STATUSES.map(status => [status, 0]));
    for (const { status } of progress)
        counts[status] = (counts[status] ?? 0) + 1;
    const begun = counts.in_progress + counts.completed + counts.mastered;
    return { ...counts, not_started: Math.max(0, total - begun) };
}

/** Parts of a whole as pieces of a line `width` long: [{ key, count, x, width }], empty ones left out. */
export function stacked(counts, width) {
    const whole = Object.values(counts).reduce((sum, count) => sum + count, 0);
    let x = 0;
    const pieces = [];
    for (const [key, count] of Object.entries(counts)) {
        const size = whole ? count / whole * width : 0;
        if (count)
            pieces.push({ key, count, x, width: size });
        x += size;
    }
    return pieces;
}

/** Scores in the order they were given, as points in a box: [{ x, y, score, at }]. */
export function scorePoints(submissions, { width, height }) {
    const judged = submissions.filter(({ score }) => score !== null && score !== undefined);
    const step = judged.length > 1 ? width / (judged.length - 1) : 0;
    return judged.map(({ score, submitted_at: at }, index) => ({
        x: judged.length > 1 ? index * step : width / 2, y: height - score / 100 * height, score, at,
    }));
}

/** A number as people read it: no decimals where there are none. */
export function rounded(value) {
    return String(Math.round((value ?? 0) * 10) / 10);
}

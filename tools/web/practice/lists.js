/* Lists as the page needs them: fetched whole, searched, filtered. */

const PAGE = 500;
const PAGES_MOST = 40;

/** All of a list that comes in pages; `fetchPage(skip, limit)` gives one. After `most` pages the rest is left off. */
export async function allPages(fetchPage, { size = PAGE, most = PAGES_MOST } = {}) {
    const rows = [];
    for (let page = 0; page < most; page++) {
        const some = await fetchPage(page * size, size);
        rows.push(...some);
        if (some.length < size)
            break;
    }
    return rows;
}

/** What does not matter to somebody who searches: case, accents. */
function folded(text) {
    return text.normalize("NFKD").replace(/\p{Mn}/gu, "").toLowerCase();
}

/** Exercises with each word of `search` in title, topic or description, of that topic and difficulty, and of that progress (empty: any).
 *  `statusOf(exercise)` says how far one is. */
export function filtered(exercises, { search = "", topic = "", difficulty = "", status = "" }, statusOf = () => "") {
    const words = folded(search).split(/\s+/).filter(Boolean);
    return exercises.filter(one => {
        const text = folded(`${one.title} ${one.topic} ${one.description}`);
        return (!topic || one.topic === topic) && (!difficulty || one.difficulty_level === difficulty) && (!status || statusOf(one) === status) &&
            words.every(word => text.includes(word));
    });
}

/** The different values of a key, sorted. */
export function valuesOf(rows, key) {
    return [...new Set(rows.map(row => row[key]))].sort((a, b) => a.localeCompare(b));
}

/** Rows by the value of a key. */
export function byKey(rows, key) {
    return new Map(rows.map(row => [row[key], row]));
}

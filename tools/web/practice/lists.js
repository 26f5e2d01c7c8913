/* Lists as the page needs them: fetched page by page or whole, searched, filtered. */

const PAGE = 500;
const PAGES_MOST = 40;

/** A list that comes in pages, as far as it has been fetched; `fetchPage(skip, limit)` gives one. `more()` fetches the next, one at a time;
 *  `over`: that was all. */
export function pager(fetchPage, size = PAGE) {
    const list = { rows: [], over: false, more };
    let fetching = null;

    async function fetchMore() {
        const some = await fetchPage(list.rows.length, size);
        list.rows.push(...some);
        list.over = some.length < size;
    }

    function more() {
        fetching ??= fetchMore().finally(() => { fetching = null; });
        return fetching;
    }

    return list;
}

/** Fetches more of a paged list until `enough(rows)` or it is over; after `most` pages the rest is left off. Gives its rows. */
export async function fetched(list, { enough = () => false, most = PAGES_MOST } = {}) {
    for (let page = 0; page < most && !list.over && !enough(list.rows); page++)
        await list.more();
    return list.rows;
}

/** All of a list that comes in pages, up to a most. */
export function allPages(fetchPage, { size = PAGE, most = PAGES_MOST } = {}) {
    return fetched(pager(fetchPage, size), { most });
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

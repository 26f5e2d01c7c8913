/* Which screen the address names. The part after # alone, so that the server has one page and a reload comes back here. */

/** The function from a hash to { screen, id }. `patterns`: [screen, pattern], the first that matches counts; its group is `id`, or null; `idOf` makes one
 *  of the text. Unknown addresses are the screen "home". */
export function createRouter(patterns, idOf = Number) {
    return hash => {
        const path = hash.replace(/^#/, "");
        for (const [screen, pattern] of patterns) {
            const match = pattern.exec(path);
            if (match)
                return { screen, id: match[1] ? idOf(match[1]) : null };
        }
        return { screen: "home", id: null };
    };
}

/** The addresses that every page has. */
export const commonLinks = { home: "#/", signIn: "#/sign-in", signUp: "#/sign-up" };
export const commonPatterns = [["home", /^\/?$/], ["sign-in", /^\/sign-in$/], ["sign-up", /^\/sign-up$/]];

export function go(link) {
    location.hash = link;
}

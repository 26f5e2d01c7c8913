/* Which screen the address names. The part after # alone, so that the server has one page and a reload comes back here. */

const patterns = [
    ["home", /^\/?$/],
    ["sign-in", /^\/sign-in$/],
    ["sign-up", /^\/sign-up$/],
    ["audio", /^\/audio$/],
    ["class", /^\/classes\/(\d{1,10})$/],
    ["report", /^\/classes\/(\d{1,10})\/report$/],
];

/** { screen, id }: `id` is the class's for those that have one. Unknown addresses are the home screen. */
export function routeOf(hash) {
    const path = hash.replace(/^#/, "");
    for (const [screen, pattern] of patterns) {
        const match = pattern.exec(path);
        if (match)
            return { screen, id: match[1] ? Number(match[1]) : null };
    }
    return { screen: "home", id: null };
}

export const links = {
    home: "#/",
    signIn: "#/sign-in",
    signUp: "#/sign-up",
    audio: "#/audio",
    class: id => `#/classes/${id}`,
    report: id => `#/classes/${id}/report`,
};

export function go(link) {
    location.hash = link;
}

/* The addresses of the classroom's screens; `id` is the class's. */
import { commonLinks, commonPatterns, createRouter } from "../kit/router.js";

export const routeOf = createRouter([
    ...commonPatterns,
    ["audio", /^\/audio$/],
    ["class", /^\/classes\/(\d{1,10})$/],
    ["report", /^\/classes\/(\d{1,10})\/report$/],
]);

export const links = {
    ...commonLinks,
    audio: "#/audio",
    class: id => `#/classes/${id}`,
    report: id => `#/classes/${id}/report`,
};

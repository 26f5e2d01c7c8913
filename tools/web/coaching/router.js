/* The addresses of the screens. Ids are texts; of "relationship" the relationship's, of "sign-up" the token of an invitation, else the session's. The
 * token stands after the #, so that no server in between writes it down. */
import { commonLinks, commonPatterns, createRouter } from "../kit/router.js";

export const routeOf = createRouter([
    ...commonPatterns,
    ["sign-up", /^\/sign-up\/([\w-]{20,200})$/],
    ["relationship", /^\/relationships\/([\w-]{1,64})$/],
    ["session", /^\/sessions\/([\w-]{1,64})$/],
    ["report", /^\/sessions\/([\w-]{1,64})\/report$/],
    ["history", /^\/history$/],
    ["profile", /^\/profile$/],
], String);

export const links = {
    ...commonLinks,
    invited: token => `#/sign-up/${token}`,
    relationship: id => `#/relationships/${id}`,
    session: id => `#/sessions/${id}`,
    report: id => `#/sessions/${id}/report`,
    history: "#/history",
    profile: "#/profile",
};

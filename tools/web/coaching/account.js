/* Who is signed in to coaching: { id, name, email, token, refresh, since }. */
import { createAccountStore } from "../kit/account.js";

const OLD_MS = 10 * 60000; // of the 15 minutes that an access token counts

export const accounts = createAccountStore("lectern.coaching", ({ id, token, refresh }) => Boolean(id && token && refresh));

/** What is kept of a new pair of tokens. */
export function tokensFrom({ access_token: token, refresh_token: refresh }, now = Date.now()) {
    return { token, refresh, since: now };
}

/** How somebody is called: as they wish, else as their address begins. */
export function nameOf({ display_name: name, email = "" }) {
    return name?.trim() || email.split("@")[0];
}

/** What is kept of a person as the server tells of them. */
export function personFrom(me) {
    return { id: me.id, name: nameOf(me), email: me.email };
}

/** Whether the access token is about to end: a socket, which cannot ask for another, is not opened with it. */
export function isOld({ since = 0 }, now = Date.now()) {
    return now - since > OLD_MS;
}

/* Who is signed in to practice: { id, role, name, email, token, refresh, since }. Students and teachers have numbers of their own. */
import { createAccountStore } from "../kit/account.js";

const RENEW_AFTER_MS = 12 * 3600 * 1000; // of the 7 days that a refresh token counts

export const accounts = createAccountStore("lectern.practice", ({ id, role, token }) => token && Number.isInteger(id) && Boolean(role));

export const isTeacher = account => account.role === "teacher";

/** What is kept of new tokens. */
export function tokensFrom(answer, now = Date.now()) {
    return { token: answer.access_token, refresh: answer.refresh_token, since: now };
}

/** The account in the answer of a login. */
export function accountFrom(answer) {
    return { id: answer.user_id, role: answer.role, name: answer.name, email: answer.email, ...tokensFrom(answer) };
}

/** Whether the tokens are old enough to be changed for new ones. */
export function isOld({ since = 0 }, now = Date.now()) {
    return now - since > RENEW_AFTER_MS;
}

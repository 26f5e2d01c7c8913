/* Who is signed in to the classroom: { userId, name, role, token }. */
import { createAccountStore } from "../kit/account.js";

export const accounts = createAccountStore("lectern.account", ({ token, userId }) => token && Number.isInteger(userId));

/** The account in the answer of POST /auth/login. */
export function accountFrom(answer) {
    return { userId: answer.user_id, name: answer.name, role: answer.role, token: answer.access_token };
}

/** Whether a token has lived for more than half of its time. What cannot be read has not. */
export function halfSpent(token, now = Date.now() / 1000) {
    try {
        const { iat, exp } = JSON.parse(atob(token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/")));
        return now > (iat + exp) / 2;
    } catch {
        return false;
    }
}

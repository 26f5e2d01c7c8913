/* Who is signed in. Kept in sessionStorage: it outlives a reload and a server restart but not the tab, since classroom
 * computers are shared; and two tabs may be two people, as a teacher trying things out expects. */

const KEY = "lectern.account";

/** { userId, name, role, token }, or null. */
export function readAccount() {
    try {
        const account = JSON.parse(sessionStorage.getItem(KEY));
        return account?.token && Number.isInteger(account.userId) ? account : null;
    } catch {
        return null;
    }
}

export function keepAccount(account) {
    sessionStorage.setItem(KEY, JSON.stringify(account));
}

export function forgetAccount() {
    sessionStorage.removeItem(KEY);
}

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

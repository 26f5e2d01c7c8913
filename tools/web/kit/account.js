/* Who is signed in. Kept in sessionStorage: it outlives a reload and a server restart but not the tab, since classroom
 * computers are shared; and two tabs may be two people, as a teacher trying things out expects. */

/** The account kept under `key`; `valid(account)` says whether what is found there can be one. */
export function createAccountStore(key, valid) {
    return {
        read() {
            try {
                const account = JSON.parse(sessionStorage.getItem(key));
                return account && valid(account) ? account : null;
            } catch {
                return null;
            }
        },
        keep: account => sessionStorage.setItem(key, JSON.stringify(account)),
        forget: () => sessionStorage.removeItem(key),
    };
}

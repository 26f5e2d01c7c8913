/* How the people are called whom the page knows by id alone. Each is asked for once. */
import { nameOf } from "./account.js";
import { t } from "./texts.js";

/** nameFor(id): resolves to a name, whatever happens; namesFor(ids): { id: name }. */
export function createPeople(service, own) {
    const known = new Map();

    async function ask(id) {
        try {
            return nameOf(await service.person(id));
        } catch (error) {
            if (error.status !== 404 && error.status !== 403)
                known.delete(id); // the next time may do better
            return t("people.somebody");
        }
    }

    function nameFor(id) {
        const account = own();
        if (account?.id === id)
            return Promise.resolve(account.name);
        if (!known.has(id))
            known.set(id, ask(id));
        return known.get(id);
    }

    async function namesFor(ids) {
        return Object.fromEntries(await Promise.all([...new Set(ids)].map(async id => [id, await nameFor(id)])));
    }

    return { nameFor, namesFor };
}

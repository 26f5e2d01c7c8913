/* Inviting students: a list to search, one button each. */
import { el, keyedList, setText, show } from "../../kit/dom.js";
import { errorText } from "../../kit/errors.js";
import { announce, avatar, button, dialog, empty, field, setButtonText, uniqueId } from "../../kit/parts.js";
import { peopleIn } from "../state.js";
import { t } from "../texts.js";

const SHOWN = 50;

function studentRow(app, room, report) {
    const name = el("span", { class: "name", dir: "auto", id: uniqueId("student") });
    const phone = el("span", { class: "meta" });
    let student = null;
    let sent = false;
    const invite = button(t("invite.invite"), { "aria-describedby": name.id, onClick: async () => {
        const answer = await app.lectern.invite(room.id, student.user_id);
        sent = true;
        setButtonText(invite, t("invite.sent"));
        const count = answer.notifications_sent;
        report(t(count ? "invite.notified" : "invite.silent", { name: student.name, count }));
    } });
    const node = el("li", { class: "person" });

    function update(next) {
        const fresh = student === null;
        student = next;
        if (fresh)
            node.append(avatar(next.name, next.user_id), el("div", { class: "grow" }, name, phone), invite);
        setText(name, next.name);
        setText(phone, next.phone_number);
        const here = peopleIn(room.state).some(person => person.userId === next.user_id);
        if (!sent)
            setButtonText(invite, here ? t("invite.here") : t("invite.invite"));
    }

    return { node, update };
}

/** Opens the dialog. */
export async function openInvite(app, room) {
    const search = field(t("invite.search"), { type: "search", autocomplete: "off" });
    const list = el("ul", { class: "people scroll" });
    const note = empty(t("app.loading"));
    const said = el("p", { class: "said" });
    const report = text => { setText(said, text); announce(text); };
    const fill = keyedList(list, () => studentRow(app, room, report));
    dialog(t("invite.title"), search.node, said, list, note);
    let students = [];

    function filter() {
        const wanted = search.input.value.trim().toLocaleLowerCase();
        const found = students.filter(({ name, phone_number: phone }) => name.toLocaleLowerCase().includes(wanted) || phone.includes(wanted));
        fill(found.slice(0, SHOWN), student => student.user_id);
        const hidden = found.length - SHOWN;
        setText(note, !students.length ? t("invite.none") : !found.length ? t("invite.noMatch") : t("invite.more", { count: hidden }));
        show(note, !found.length || hidden > 0);
    }

    search.input.addEventListener("input", filter);
    try {
        students = (await app.lectern.students()).sort((a, b) => a.name.localeCompare(b.name));
        filter();
    } catch (error) {
        setText(note, errorText(error));
    }
}

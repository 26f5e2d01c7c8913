/* What is known of a conversation with the tutor, as a pure function of what happens in it.
 * { messages (by id), writing (the reply as far as it has come, or null), waiting (a reply is due), deaf (the beginning of that reply was missed, so
 * that its pieces are worth nothing) }. */

export const silent = Object.freeze({ messages: [], writing: null, waiting: false, deaf: false });

function withMessages(messages, more) {
    const known = new Map([...messages, ...more].map(message => [message.id, message]));
    return [...known.values()].sort((a, b) => a.id - b.id);
}

/** Whether the last word is the student's. */
const isDue = messages => messages.at(-1)?.role === "user";

/** With messages as they are stored. */
export function withStored(state, stored) {
    const messages = withMessages(state.messages, stored);
    const waiting = isDue(messages);
    return { messages, waiting, writing: waiting ? state.writing : null, deaf: waiting && state.deaf };
}

/** After the connection was lost. */
export function cutOff(state) {
    return { ...state, writing: null, deaf: state.waiting };
}

/** The state after a frame of the socket; the very same where it tells nothing. */
export function after(state, frame) {
    if (frame.type === "delta" && typeof frame.content === "string")
        return state.deaf ? state : { ...state, waiting: true, writing: (state.writing ?? "") + frame.content };
    if (frame.type !== "message" || !Number.isInteger(frame.id))
        return state;
    const messages = withMessages(state.messages, [frame]);
    const ended = frame.role === "assistant";
    return { messages, waiting: isDue(messages), writing: ended ? null : state.writing, deaf: !ended && state.deaf };
}

/** The topic of the conversation about an exercise: at most 100 characters, found again by its beginning. */
export function topicOf({ id, title }) {
    return [...`${id}: ${title}`].slice(0, 100).join("");
}

/** The newest conversation about an exercise that has not ended, or null. `sessions`: newest first. */
export function conversationOf(sessions, exercise) {
    return sessions.find(({ is_active: active, topic }) => active && topic?.startsWith(`${exercise.id}: `)) ?? null;
}

/** A message to the tutor: what is asked, and what it is about, since the tutor knows no more than the conversation. What was typed is kept apart, so
 *  that the page shows that alone. `code`: { text, language }, or null. */
export function messageFrom(question, { exercise, first, code }) {
    const parts = [question];
    if (first)
        parts.unshift(`Exercise: ${exercise.title}\n${exercise.description}`);
    if (code?.text.trim())
        parts.push(`My code (${code.language}):\n${code.text}`);
    return { content: parts.join("\n\n"), message_metadata: { question, with_code: parts.length > (first ? 2 : 1) } };
}

/** { text, withCode } of a message as the page shows it. */
export function shownOf({ role, content, message_metadata: metadata }) {
    const asked = role === "user" && typeof metadata?.question === "string";
    return { text: asked ? metadata.question : content, withCode: asked && metadata.with_code === true };
}

/* What arrives for whoever is signed in, on whichever screen they are: pokes. The server closes a connection from which it hears nothing. */
import { openSocket } from "../kit/socket.js";
import { isOld } from "./account.js";

const BEAT_MS = 30000;

/** `app.service`, `app.account` and `app.renew()` as in main.js; `onPoke(poke)`. Returns follow(account), to be called when somebody else is signed
 *  in or nobody (null), and listen(listener), which returns how to stop: for a screen that shows pokes itself, after onPoke. */
export function createNotifications(app, onPoke) {
    const listeners = new Set();
    let current = null; // { id, socket, beat }

    function onFrame(frame) {
        if (frame.type !== "emoji_poke")
            return;
        onPoke(frame);
        listeners.forEach(listener => listener(frame));
    }

    function onPhase({ phase }) {
        if (phase === "waiting" && app.account && isOld(app.account))
            app.renew().catch(() => {}); // the next attempt takes the new token, or waits on
    }

    function stop() {
        clearInterval(current?.beat);
        current?.socket.close();
        current = null;
    }

    function follow(account) {
        if (account?.id === current?.id)
            return;
        stop();
        if (!account)
            return;
        const socket = openSocket({ url: app.service.notificationSocket, onFrame, onPhase, patience: Infinity });
        current = { id: account.id, socket, beat: setInterval(() => socket.send("ping"), BEAT_MS) };
    }

    addEventListener("online", () => current?.socket.retryNow());
    return {
        follow,
        listen(listener) {
            listeners.add(listener);
            return () => listeners.delete(listener);
        },
    };
}

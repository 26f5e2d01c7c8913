/* Everything the page asks of the server, one line each. What they answer: contract "classroom" and /docs. */

export function createLectern(api) {
    const session = id => `sessions/${id}`;
    const act = (id, type, fields = {}) => api.post(`${session(id)}/action`, { json: { type, ...fields } });
    const control = (id, action, fields = {}) => api.post(`${session(id)}/audio/control`, { json: { action, ...fields } });

    return {
        // people
        signUp: fields => api.post("auth/register", { json: fields }),
        signIn: (phone, password) => api.post("auth/login", { form: { username: phone, password } }),
        renewToken: () => api.post("auth/refresh"),
        signOut: () => api.post("auth/logout"),
        changePassword: (old, fresh) => api.post("auth/password", { json: { old_password: old, new_password: fresh } }),
        students: () => api.get("users/students"),

        // classes
        create: title => api.post("sessions", { json: { title } }),
        active: () => api.get("sessions/active"),
        ended: before => api.get("sessions/ended", { limit: 20, before }),
        end: id => api.delete(session(id)),
        invite: (id, student) => api.post(`${session(id)}/invite`, { form: { student_id: student } }),
        streamUrl: id => api.url(`sse/${session(id)}`),

        // gestures
        say: (id, text) => act(id, "chat", { text }),
        history: id => api.get(`${session(id)}/chat`),
        raiseHand: id => act(id, "raise_hand"),
        lowerHand: id => act(id, "lower_hand"),
        lowerHandOf: (id, participant) => act(id, "lower_participant_hand", { target_participant_id: participant }),
        lowerAllHands: id => act(id, "lower_all_hands"),
        muteSelf: (id, mute) => act(id, "mute_self", { mute }),
        mute: (id, participant, mute) =>
            act(id, mute ? "mute_participant" : "unmute_participant", { target_participant_id: participant }),
        muteAll: id => act(id, "mute_all", { mute: true }),
        kick: (id, participant) => act(id, "kick_participant", { target_participant_id: participant }),
        signal: (id, participant, payload) => act(id, "webrtc_signal", { target_participant_id: participant, payload }),

        // audio
        uploadAudio: (fields, options) => api.upload("audio/upload", fields, options),
        audioList: () => api.get("audio/list"),
        /** Where a file is heard: `known`, its signed address, where the server gives one. */
        audioUrl: (audio, known) => api.url(known ?? `audio/${audio}/stream`),
        /** The same for what is selected in a class. Signed addresses end, so it is asked for when it is needed. */
        classAudioUrl: async (id, audio) => {
            const playback = await api.get(`${session(id)}/audio/state`);
            return api.url(playback.audio_id === audio && playback.stream_url || `audio/${audio}/stream`);
        },
        select: (id, audio) => api.post(`${session(id)}/audio/select`, { query: { audio_id: audio } }),
        play: (id, position, speed) => control(id, "play", { position, speed }),
        pause: (id, position) => control(id, "pause", { position }),
        seek: (id, position) => control(id, "seek", { position }),
        speed: (id, speed) => control(id, "speed", { speed }),

        // reports
        logs: (id, type, limit) => api.get(`${session(id)}/logs`, { event_type: type, limit }),
        wholeLog: (id, signal) => api.request("GET", `${session(id)}/logs.ndjson`, { signal }),
        summary: id => api.get(`${session(id)}/logs/summary`),
        attendance: id => api.get(`${session(id)}/attendance`),
        logFile: id => api.request("GET", `${session(id)}/logs.csv`),
        attendanceFile: id => api.request("GET", `${session(id)}/attendance.csv`),
    };
}

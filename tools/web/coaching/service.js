/* Everything the page asks of the server, one line each. What they answer: contract "coaching" and /docs. */

/** `api` with who is signed in, `open` without. */
export function createService(api, open) {
    const relationship = id => `v1/relationships/${encodeURIComponent(id)}`;
    const session = id => `v1/sessions/${encodeURIComponent(id)}`;
    /* Links of invitations lead to where this page is. */
    const fromHere = { headers: { "X-App-Base-URL": location.origin } };

    return {
        // accounts
        signUp: fields => open.post("v1/auth/signup", { json: fields }),
        signIn: (email, password) => open.post("v1/auth/login", { json: { email, password } }),
        renew: refresh => open.post("v1/auth/refresh", { json: { refresh_token: refresh } }),
        me: () => api.get("v1/users/me"),
        meBy: token => open.get("v1/users/me", {}, { headers: { Authorization: `Bearer ${token}` } }),
        change: fields => api.patch("v1/users/me", { json: fields }),
        person: id => api.get(`v1/users/${encodeURIComponent(id)}`),

        // relationships
        lookUp: email => api.post("v1/contacts/lookup", { json: { email } }),
        relationships: () => api.get("v1/relationships"),
        relate: (type, members) => api.post("v1/relationships", { json: { type, member_ids: members } }),
        part: id => api.delete(relationship(id)),
        consents: id => api.get(`${relationship(id)}/consent`),
        templates: id => api.get(`${relationship(id)}/consent/templates`),
        consent: (id, scopes, status) => api.put(`${relationship(id)}/consent/me`, { json: { scopes, status } }),

        // invitations
        invites: id => api.get(`${relationship(id)}/invites`),
        invite: (id, fields) => api.post(`${relationship(id)}/invites`, { json: fields, ...fromHere }),
        inviteLink: (id, invite) => api.get(`${relationship(id)}/invites/${encodeURIComponent(invite)}/link`, {}, fromHere),
        invitation: token => open.get("v1/relationships/invites/validate", { token }),

        // sessions
        start: (id, participants) => api.post("v1/sessions", { json: { relationship_id: id, participants } }),
        finalize: id => api.post(`${session(id)}/finalize`),
        report: id => api.get(`${session(id)}/report`),
        sessions: limit => api.get("v1/history/sessions", { limit }),
        session: async id => (await api.get("v1/history/sessions", { limit: 100 })).find(one => one.id === id),

        // together
        activities: id => api.get("v1/activities/suggestions", { rid: id }),
        poke: (id, receiver, type, emoji) => api.post("v1/pokes", { json: { relationship_id: id, receiver_id: receiver, type, emoji } }),
        pokes: id => api.get("v1/pokes", { rid: id }),

        sessionSocket: id => api.socketUrl(`${session(id)}/ws`),
        notificationSocket: () => api.socketUrl("v1/interaction/notifications"),
    };
}

/* Everything the page asks of the server, one line each. What they answer: contract "practice" and /docs. */
import { allPages, fetched, pager } from "./lists.js";

export function createService(api) {
    const role = who => (who === "teacher" ? "/teacher" : "");
    const chat = id => `api/chat/sessions/${id}`;
    const pages = path => (skip, limit) => api.get(path, { skip, limit });
    const all = path => allPages(pages(path));
    const students = () => pager(pages("api/analytics/students"));

    return {
        // accounts
        signUp: (who, fields) => api.post(`api/auth/register${role(who)}`, { json: fields }),
        signIn: (who, email, password) => api.post(`api/auth/login${role(who)}`, { json: { email, password } }),
        renew: refresh => api.post("api/auth/refresh", { json: { refresh_token: refresh } }),
        signOut: () => api.post("api/auth/logout"),
        changePassword: (old, fresh) => api.post("api/auth/change-password", { json: { old_password: old, new_password: fresh } }),

        // exercises
        exercises: () => all("api/exercises/"),
        exercise: id => api.get(`api/exercises/${id}`),
        create: fields => api.post("api/exercises/", { json: fields }),
        change: (id, fields) => api.put(`api/exercises/${id}`, { json: fields }),
        remove: id => api.delete(`api/exercises/${id}`),
        figuresOf: id => api.get(`api/analytics/exercise/${id}/stats`),

        // submissions
        submit: (student, exercise, code, language) =>
            api.post("api/submissions/", { json: { student_id: student, exercise_id: exercise, code, language } }),
        submissionsOf: student => all(`api/submissions/student/${student}`),
        submissionsTo: exercise => pager(pages(`api/submissions/exercise/${exercise}`), 100), // with their code; in the order of ids
        evaluate: (id, verdict) => api.put(`api/submissions/${id}/evaluate`, { json: verdict }),

        // figures
        progress: student => all(`api/analytics/student/${student}/progress`),
        stats: student => api.get(`api/analytics/student/${student}/stats`),
        leaderboard: limit => api.get("api/analytics/leaderboard", { limit }),
        students, // a pager, in the order of ids
        studentsUpTo: id => fetched(students(), { enough: rows => rows.at(-1)?.id >= id }),

        // the tutor
        conversations: student => api.get(chat(student), { limit: 100 }),
        openConversation: (student, topic) =>
            api.post("api/chat/sessions/", { query: { student_id: student, topic, agent_type: "exercise" } }),
        messages: id => all(`${chat(id)}/messages`),
        say: (id, message) => api.post(`${chat(id)}/messages`, { json: message }),
        end: id => api.put(`${chat(id)}/end`),
        socketUrl: id => api.socketUrl(`api/chat/ws/${id}`),
    };
}

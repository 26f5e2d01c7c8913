/* The addresses of the screens; `id` is the exercise's, of "student" the student's. */
import { commonLinks, commonPatterns, createRouter } from "../kit/router.js";

export const routeOf = createRouter([
    ...commonPatterns,
    ["exercise", /^\/exercises\/(\d{1,10})$/],
    ["edit", /^\/exercises\/(\d{1,10})\/edit$/],
    ["write", /^\/exercises\/new$/],
    ["submissions", /^\/exercises\/(\d{1,10})\/submissions$/],
    ["history", /^\/history$/],
    ["progress", /^\/progress$/],
    ["leaderboard", /^\/leaderboard$/],
    ["students", /^\/students$/],
    ["student", /^\/students\/(\d{1,10})$/],
]);

export const links = {
    ...commonLinks,
    exercise: id => `#/exercises/${id}`,
    edit: id => `#/exercises/${id}/edit`,
    write: "#/exercises/new",
    submissions: id => `#/exercises/${id}/submissions`,
    history: "#/history",
    progress: "#/progress",
    leaderboard: "#/leaderboard",
    students: "#/students",
    student: id => `#/students/${id}`,
};

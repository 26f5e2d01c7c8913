/* The languages of the editor: what a submission is told to be written in, and the module that knows its grammar. */

const grammar = (name, make, options) => async () => (await import(`../lib/codemirror/lang-${name}.js`))[make](options);

/** By name, in the order of the choice. The name is what a submission says. */
export const languages = {
    python: { text: "Python", grammar: grammar("python", "python") },
    javascript: { text: "JavaScript", grammar: grammar("javascript", "javascript") },
    typescript: { text: "TypeScript", grammar: grammar("javascript", "javascript", { typescript: true }) },
    java: { text: "Java", grammar: grammar("java", "java") },
    c: { text: "C", grammar: grammar("cpp", "cpp") },
    cpp: { text: "C++", grammar: grammar("cpp", "cpp") },
    text: { text: "Plain text", grammar: async () => [] },
};

export const nameOf = language => languages[language]?.text ?? language;

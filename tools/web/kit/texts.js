/* The words that all pages share, and how a page finds its own: its texts.js gives them to useTexts(). To translate: copy `en`, here and there,
 * translate the right-hand sides, add the copies to `languages`. {name} is a placeholder. A text with several forms depends on {count}, by the
 * rules of its language (Intl.PluralRules). */

const en = {
    "app.skip": "Skip to content",
    "app.navigation": "Main",
    "app.signedInAs": "Signed in as {name}",
    "app.signOut": "Sign out",
    "app.loading": "Loading…",
    "app.tryAgain": "Try again",
    "app.cancel": "Cancel",
    "app.close": "Close",
    "app.dismiss": "Dismiss",
    "app.messages": "Messages",
    "app.signInAgain": "Your sign-in is no longer valid. Please sign in again.",

    "error.network": "The server cannot be reached. Check the network and try again.",
    "error.busy": "The server is busy. Try again in a moment.",
    "error.unknown": "That did not work ({status}).",
    "error.tooLarge": "The file is too large for this server.",
    "error.Too many failed attempts": "Too many failed attempts. Wait a while and try again.",

    "sign.inTitle": "Sign in",
    "sign.in": "Sign in",
    "sign.upTitle": "Create an account",
    "sign.up": "Create account",
    "sign.name": "Name",
    "sign.email": "E-mail address",
    "sign.password": "Password",
    "sign.passwordHint": "At least 6 characters.",
    "sign.change": "Change password",
    "sign.oldPassword": "Old password",
    "sign.newPassword": "New password",
    "sign.changed": "The password is changed. Other devices are signed out.",
    "sign.code": "Code for teachers",
    "sign.codeHint": "If the school has given you one.",
    "sign.role": "I am a",
    "sign.teacher": "Teacher",
    "sign.student": "Student",
    "sign.noAccount": "No account yet?",
    "sign.haveAccount": "Have an account?",

    "status.connecting": "Connecting…",
    "status.live": "Live",
    "status.waiting": "Reconnecting…",

    "duration.seconds": "{seconds} s",
    "duration.minutes": "{minutes} min",
    "duration.hours": "{hours} h {minutes} min",
};

const shared = { en };

let language = "en";
let texts = en;
let plural = new Intl.PluralRules(language);

/** A page's own words: by language, by key. They win over those that are shared. */
export function useTexts(languages) {
    language = languages[document.documentElement.lang] ? document.documentElement.lang : "en";
    texts = { ...shared.en, ...shared[language], ...languages[language] };
    plural = new Intl.PluralRules(language);
}

export function hasText(key) {
    return Object.hasOwn(texts, key);
}

/** The text of a key with its placeholders filled in. An unknown key is shown as it is: better odd than empty. */
export function t(key, values = {}) {
    const entry = hasText(key) ? texts[key] : key;
    const text = typeof entry === "string" ? entry : entry[plural.select(values.count)] ?? entry.other;
    return text.replace(/\{(\w+)\}/g, (whole, name) => (Object.hasOwn(values, name) ? String(values[name]) : whole));
}

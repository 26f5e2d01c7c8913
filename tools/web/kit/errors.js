/* What to tell a person about a request that failed. */
import { hasText, t } from "./texts.js";

export function errorText({ status, detail = "" }) {
    if (hasText(`error.${detail}`))
        return t(`error.${detail}`);
    if (!status)
        return t("error.network");
    if (status === 413)
        return t("error.tooLarge");
    if (status === 503 || status === 429)
        return t("error.busy");
    return detail || t("error.unknown", { status });
}

// Asks the service: the token is kept for this tab alone, and ids go in bodies, never in addresses.

const KEPT = "duewise-token";

export class Refused extends Error {
  constructor(status, code, message, reference) {
    super(message);
    Object.assign(this, { status, code, reference });
  }
}

export const token = {
  get: () => sessionStorage.getItem(KEPT),
  set: (value) => sessionStorage.setItem(KEPT, value),
  forget: () => sessionStorage.removeItem(KEPT),
};

export async function ask(path, body) {
  const headers = { Accept: "application/json" };
  if (token.get()) headers.Authorization = `Bearer ${token.get()}`;
  if (body !== undefined) headers["Content-Type"] = "application/json";
  const answer = await fetch(path, { method: body === undefined ? "GET" : "POST", headers, body: body === undefined ? undefined : JSON.stringify(body), cache: "no-store", credentials: "omit" });
  const content = await answer.json().catch(() => ({}));
  if (answer.ok) return content;
  const error = content.error ?? {};
  if (answer.status === 401) dispatchEvent(new CustomEvent("signed-out", { detail: error.code }));
  throw new Refused(answer.status, error.code ?? "unknown", error.message ?? answer.statusText, error.correlation_id);
}

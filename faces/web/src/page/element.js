// What pages are made of.
export const $ = (id) => document.getElementById(id);

export function element(kind, text, attributes = {}) {
  const made = document.createElement(kind);
  if (text) made.textContent = text;
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}
export const clock = (s) => `${Math.floor(s / 60)}:${String(Math.floor(s % 60)).padStart(2, "0")}`;
export const press = (button, on) => button.setAttribute("aria-pressed", String(on));
export function button(text, act, attributes = {}) {
  const made = element("button", text, { type: "button", ...attributes });
  made.addEventListener("click", act);
  return made;
}

// What a reader wrote and which checks held, kept in this browser and nowhere else.
const key = (slug) => `dsr:${slug}`;

export function read(slug) {
  try {
    return JSON.parse(localStorage.getItem(key(slug))) || {};
  } catch {
    return {}; // storage may be switched off, or hold something else
  }
}

export function write(slug, changes) {
  try {
    localStorage.setItem(key(slug), JSON.stringify({ ...read(slug), ...changes }));
    return true;
  } catch {
    return false;
  }
}

export function forget(slug) {
  try {
    localStorage.removeItem(key(slug));
  } catch {
    // nothing was kept
  }
}

export function progressOf(slug) {
  const { held, of } = read(slug);
  if (of === undefined) return null;
  const all = held === of;
  return { all, text: all ? `✓ all ${of} public checks hold here` : `${held} of ${of} public checks hold here` };
}

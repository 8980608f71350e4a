// What a copy of the page may lack, asked for before it is wanted.

/** Whether the server has this file. A server that cannot be asked is asked again when the file is wanted. @param {string} url */
export async function isThere(url) {
  try {
    const { status } = await fetch(url, { method: 'HEAD' });
    return status !== 404 && status !== 410;
  } catch {
    return true;
  }
}

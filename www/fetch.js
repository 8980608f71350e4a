// Fetching the page's files.

/** Fetches a file, or fails with what the server said. @param {string | URL} url @param {RequestInit} [options] @returns {Promise<Response>} */
export async function fetchFile(url, options) {
  const response = await fetch(url, options);
  if (!response.ok) throw new Error(`For ${url} the server said ${response.status}`);
  return response;
}

/** Whether this copy of the page has the file. Without an answer it is assumed to: fetching the file will show. @param {string} url */
export async function hasFile(url) {
  try {
    const { status } = await fetch(url, { method: 'HEAD' });
    return status !== 404 && status !== 410;
  } catch {
    return true;
  }
}

// The title of the page, by which tabs and entries of the history are told apart.

/** What comes first is still seen in a narrow tab. @param {{ picture: string, class: string, network: string }} shown */
export function pageTitle({ picture, class: label, network }) {
  return `${picture}: ${label}, ${network} – relume`;
}

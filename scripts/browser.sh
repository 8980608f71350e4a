#!/bin/sh
# Print the path of a browser the tests drive (`browser.sh chrome`, `browser.sh firefox`) or of Chromium's WebDriver
# (`browser.sh driver`); fail silently if there is none. CHROME, FIREFOX and CHROMEDRIVER, if set, have the first word.
set -eu

first() {
    for candidate in "$@"; do
        if [ -n "$candidate" ] && command -v "$candidate"; then exit 0; fi
    done
    exit 1
}

case ${1:-} in
chrome)
    first "${CHROME:-}" chromium chromium-browser google-chrome google-chrome-stable \
        "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome" /Applications/Chromium.app/Contents/MacOS/Chromium
    ;;
firefox) first "${FIREFOX:-}" firefox firefox-esr /Applications/Firefox.app/Contents/MacOS/firefox ;;
# CHROMEWEBDRIVER is the folder where hosted build machines keep it.
driver) first "${CHROMEDRIVER:-}" chromedriver "${CHROMEWEBDRIVER:+$CHROMEWEBDRIVER/chromedriver}" ;;
*)
    echo "usage: scripts/browser.sh chrome|firefox|driver" >&2
    exit 2
    ;;
esac

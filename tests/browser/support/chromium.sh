#!/bin/sh
# Starts CHROME for the tests, without the windows that its address bar keeps ready for each page: two processes a page that no
# test sees. Of several lists of features Chromium reads the last, so Playwright's is repeated.
set -eu

features=WebUIOmniboxPopup,WebUIOmniboxAimPopup
for argument; do
    case $argument in --disable-features=*) features=$features,${argument#*=} ;; esac
done
exec "${CHROME:-/usr/bin/chromium}" "$@" "--disable-features=$features"

# Sourced by every finding: a folder that is removed at the end, pinned packages in it, and three ways to end:
# 0 the behaviour is as stated, 1 it changed, 3 something that the script needs is missing.
work=$(mktemp -d)
ended() {
    local status=$?
    rm -rf "$work"
    [ $status -ne 1 ] || echo "CHANGED: not what the head of this script says"
}
trap ended EXIT
cd "$work"

missing() {
    echo "MISSING: $*"
    exit 3
}

need() {
    local program
    for program; do command -v "$program" >/dev/null || missing "the program $program"; done
}

# pypi ENVIRONMENT PACKAGE==VERSION...: installs them into a virtual environment of their own
pypi() {
    local environment=$1
    shift
    need python3
    [ -d "$environment" ] || python3 -m venv "$environment" || missing "python3 -m venv"
    "$environment/bin/pip" install --quiet --disable-pip-version-check "$@" || missing "from PyPI: $*"
}

# npmjs PACKAGE@VERSION...: installs them into the folder, without running their scripts
npmjs() {
    need node npm
    npm install --silent --no-audit --no-fund --ignore-scripts "$@" >/dev/null || missing "from npm: $*"
}

as_stated() {
    echo "AS STATED: $*"
}

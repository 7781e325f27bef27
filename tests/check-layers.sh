#!/bin/bash
# check-layers.sh - the laws of the house (DESIGN section 2), one line for each
# breach. Nothing is compiled: `gcc -MM` says what a file reaches, however far.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1

order='base json model mapping io store run outbound saga'
bad=0

breach() {
	echo "$*"
	bad=1
}

# The folders that one may include: itself and those before it, but the
# runtime (io, run) knows no business: it hands payloads to a mapping and what
# comes of them to the store, and sees no record.
may_include() {
	case $1 in
	io) echo base json io ;;
	run) echo base json mapping io store run ;;
	*) echo "${order%%" $1"*}" "$1" ;;
	esac
}

# includes FILE: "line path" of each quoted include
includes() {
	sed -n 's/^[ \t]*#[ \t]*include[ \t]*"\([^"]*\)".*/\1/p' "$1" | sort -u
}

line_of() {
	grep -nF -m1 "$2" "$1" | cut -d: -f1
}

check_folders() {
	local folder file path into allowed
	for folder in common/*/; do
		folder=$(basename "$folder")
		case " $order " in
		*" $folder "*) ;;
		*) breach "common/$folder: not a layer of the design ($order)" ;;
		esac
		allowed=" $(may_include "$folder" | tr '\n' ' ') "
		while read -r file; do
			while read -r path; do
				into=${path%%/*}
				if [ "$into" = "$path" ]; then
					breach "$file:$(line_of "$file" "$path"): \"$path\" does not show its layer (write \"$folder/$path\")"
				elif [[ $allowed != *" $into "* ]]; then
					breach "$file:$(line_of "$file" "$path"): $folder may not include $into (\"$path\")"
				elif [[ $path == *_private.h && $into != "$folder" ]]; then
					breach "$file:$(line_of "$file" "$path"): \"$path\" is private to $into"
				fi
			done < <(includes "$file")
		done < <(find "common/$folder" -name '*.[ch]')
	done
}

# What a file of the runtime reaches through others counts as well.
check_reach() {
	local file reached
	for file in common/run/*.[ch] common/io/*.[ch]; do
		[ -e "$file" ] || continue
		reached=$(gcc -x c -std=c11 -D_GNU_SOURCE -MM -MG -Icommon \
			-Ibuild/gen -isystem /usr/include/postgresql "$file" 2>/dev/null |
			tr ' \\' '\n\n' | grep -E '(^|/)(common|build/gen)/model/|^model/' |
			head -1)
		[ -z "$reached" ] ||
			breach "$file: reaches the model ($reached): the runtime knows no business"
	done
}

# only HEADER PATTERN [FOLDER...]: a library's header is included by one place
# alone, of those folders (default: what ships)
only() {
	local header=$1 pattern=$2 found
	shift 2
	[ $# -gt 0 ] || set -- common workers
	while read -r found; do
		[[ ${found%%:*} =~ ^$pattern$ ]] ||
			breach "$found: only ${pattern//\\/} may"
	done < <(grep -rnE --include='*.[ch]' \
		"^[ 	]*#[ 	]*include[ 	]*[<\"]([^>\"]*/)?$header[>\"]" "$@" 2>/dev/null)
}

check_libraries() {
	# a header may show a library only to its own folder
	only 'rdkafka[a-z_]*\.h' 'common/io/kafka([a-z_]*\.c|_private\.h)'
	only 'libpq-fe\.h' 'common/io/pg([a-z_]*\.c|_private\.h)'
	only 'curl\.h' 'common/io/http_client([a-z_]*\.c|_private\.h)'
	only 'openssl/[a-z0-9_]*\.h' 'common/io/digest\.c'
	# tests have servers of their own, each in one place as well
	only 'microhttpd\.h' \
		'(common/io/http_server|tests/retail-sim/server|tests/support/web)\.c' \
		common workers tests
	only 'yajl[a-z_]*\.h' 'common/json/[a-z_]*\.[ch]'
}

check_workers() {
	local file path worker into
	while read -r file; do
		worker=$(basename "$(dirname "$file")")
		while read -r path; do
			into=${path%%/*}
			case $path in
			*..*) breach "$file:$(line_of "$file" "$path"): \"$path\" leaves its folder" ;;
			esac
			[ "$into" = "$worker" ] || [ ! -d "workers/$into" ] ||
				breach "$file:$(line_of "$file" "$path"): a worker includes another ($into)"
		done < <(includes "$file")
	done < <(find workers -name '*.[ch]' 2>/dev/null)
}

check_folders
check_reach
check_libraries
check_workers
exit $bad

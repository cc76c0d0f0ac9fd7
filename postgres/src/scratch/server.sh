# Runs a server until its input is closed, then removes its folder.
# The input is closed when the parent ends, even if it is killed.
postgres=$1
folder=$2
exec 3<&0
# Without waiting for the disk: the server is thrown away.
"$postgres" -D "$folder/data" -k "$folder" -c listen_addresses= -c unix_socket_permissions=0700 \
    -c fsync=off -c synchronous_commit=off -c full_page_writes=off -c wal_level=minimal \
    -c max_wal_senders=0 -c max_connections=60 -c autovacuum=off -c jit=off -c dynamic_shared_memory_type=mmap -c max_prepared_transactions=0 \
    </dev/null >"$folder/log" 2>&1 3<&- &
server=$!
(
    read -r _ <&3
    kill -INT "$server"
) >/dev/null 2>&1 &
reader=$!
wait "$server"
kill "$reader" 2>/dev/null
tail -n 5 "$folder/log"
rm -rf "$folder"

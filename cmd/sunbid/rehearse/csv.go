package rehearse

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"sunbid/bidding"
)

// Limits of a file that comes in.
const (
	maxFile = 64 << 20
	maxRows = 20_000
	maxText = 100 // characters of a bidder's name or a security's description
)

// Row is one bidder of a published opening record.
type Row struct {
	Order     int       // sign_in_order: unique, from 1
	Bidder    string    // unique
	Received  time.Time // file_received_at
	Decrypted bool      // decrypt_status: decrypted | not_submitted (the bidder never gave the command)
	Command   time.Time // decrypt_command_at; zero when not decrypted
	Security  string    // bid_security, as published
	Price     bidding.Fen
	Days      int
	MadeUp    bool // the record has no price (its bid never opened): the rehearsal invented one
}

// Refusals of a CSV file.
var (
	ErrNotUTF8   = bidding.Refuse("csv-not-utf8", bidding.Invalid, "", "文件不是 UTF-8 编码，请另存为“CSV UTF-8”后重试。", "the file is not UTF-8")
	ErrTooLarge  = bidding.Refuse("csv-too-large", bidding.Invalid, "", "文件过大：最多 64 MiB、两万行。", "at most 64 MiB and 20,000 rows")
	ErrEmpty     = bidding.Refuse("csv-empty", bidding.Invalid, "", "文件中没有投标人。", "the file has no bidder")
	ErrColumn    = bidding.Refuse("csv-column-missing", bidding.Invalid, "", "文件缺少必需的列，或列名重复。", "a column is missing or stands twice")
	ErrRow       = bidding.Refuse("csv-row-malformed", bidding.Invalid, "", "某一行的格式不正确。", "a row is malformed")
	ErrOrder     = bidding.Refuse("csv-order", bidding.Invalid, "", "签到序号必须是不重复的正整数。", "sign_in_order must be a unique positive integer")
	ErrDuplicate = bidding.Refuse("csv-duplicate-bidder", bidding.Invalid, "", "同一投标人出现了两次。", "a bidder stands twice")
	ErrPrice     = bidding.Refuse("csv-amount", bidding.Invalid, "", "报价格式不正确：以元为单位、最多两位小数的正数。", "price_yuan is not a positive decimal with at most two places")
	ErrTime      = bidding.Refuse("csv-time", bidding.Invalid, "", "时间格式不正确，应为“2006-01-02 15:04:05”（北京时间）。", "times are 2006-01-02 15:04:05, Asia/Shanghai")
	ErrStatus    = bidding.Refuse("csv-status", bidding.Invalid, "", "解密状态只能是 decrypted 或 not_submitted，且须与报价、解密时间一致。", "decrypt_status is decrypted or not_submitted and must agree with price and command time")
)

var columns = []string{"sign_in_order", "bidder", "file_received_at", "decrypt_status", "decrypt_command_at", "bid_security", "price_yuan", "duration_days"}

// Read parses an opening record. Rows come back in order of sign-in. Prices and durations that the record lacks,
// because the bid never opened, are invented (the lower median of the others) and marked MadeUp.
func Read(r io.Reader) ([]Row, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxFile+1))
	if err != nil {
		return nil, fmt.Errorf("read opening record: %w", err)
	}
	if len(data) > maxFile {
		return nil, ErrTooLarge
	}
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	if !utf8.Valid(data) {
		return nil, ErrNotUTF8
	}
	in := csv.NewReader(bytes.NewReader(data))
	at, err := header(in)
	if err != nil {
		return nil, err
	}
	var rows []Row
	orders, names := map[int]bool{}, map[string]bool{}
	for {
		cells, err := in.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, ErrRow.With(err.Error())
		}
		line, _ := in.FieldPos(0) // panics after an error
		if len(rows) == maxRows {
			return nil, ErrTooLarge
		}
		row, err := parse(cells, at)
		if err != nil {
			var no *bidding.Refusal
			if errors.As(err, &no) {
				return nil, no.With(fmt.Sprintf("line %d: %s", line, no.Detail))
			}
			return nil, err
		}
		if orders[row.Order] {
			return nil, ErrOrder.With(fmt.Sprintf("line %d: %d", line, row.Order))
		}
		if names[row.Bidder] {
			return nil, ErrDuplicate.With(fmt.Sprintf("line %d: %s", line, row.Bidder))
		}
		orders[row.Order], names[row.Bidder] = true, true
		rows = append(rows, row)
	}
	if len(rows) == 0 {
		return nil, ErrEmpty
	}
	slices.SortFunc(rows, func(a, b Row) int { return a.Order - b.Order })
	return rows, invent(rows)
}

// header finds the columns; their order is free and further columns are ignored.
func header(in *csv.Reader) (map[string]int, error) {
	names, err := in.Read()
	if errors.Is(err, io.EOF) {
		return nil, ErrEmpty
	}
	if err != nil {
		return nil, ErrRow.With(err.Error())
	}
	at := map[string]int{}
	for i, n := range names {
		n = strings.TrimSpace(n)
		if _, twice := at[n]; twice && slices.Contains(columns, n) {
			return nil, ErrColumn.With(n)
		}
		at[n] = i
	}
	for _, c := range columns {
		if _, ok := at[c]; !ok {
			return nil, ErrColumn.With(c)
		}
	}
	return at, nil
}

func parse(cells []string, at map[string]int) (Row, error) {
	cell := func(name string) string { return strings.TrimSpace(cells[at[name]]) }
	var row Row
	var err error
	if row.Order, err = strconv.Atoi(cell("sign_in_order")); err != nil || row.Order < 1 {
		return Row{}, ErrOrder.With(cut(cell("sign_in_order")))
	}
	if row.Bidder = cell("bidder"); row.Bidder == "" || utf8.RuneCountInString(row.Bidder) > maxText {
		return Row{}, ErrRow.With("bidder")
	}
	if row.Security = cell("bid_security"); utf8.RuneCountInString(row.Security) > maxText {
		return Row{}, ErrRow.With("bid_security")
	}
	if row.Received, err = moment(cell("file_received_at")); err != nil {
		return Row{}, err
	}
	switch cell("decrypt_status") {
	case "decrypted":
		row.Decrypted = true
		if row.Command, err = moment(cell("decrypt_command_at")); err != nil {
			return Row{}, err
		}
		if row.Price, err = bidding.ParseYuan(cell("price_yuan")); err != nil {
			return Row{}, ErrPrice.With(cut(cell("price_yuan")))
		}
		if row.Days, err = strconv.Atoi(cell("duration_days")); err != nil || row.Days < 1 || row.Days > 36_500 {
			return Row{}, ErrRow.With("duration_days")
		}
	case "not_submitted":
		if cell("decrypt_command_at") != "" || cell("price_yuan") != "" {
			return Row{}, ErrStatus.With("not_submitted with a price or a time")
		}
		row.MadeUp = true
	default:
		return Row{}, ErrStatus.With(cut(cell("decrypt_status")))
	}
	return row, nil
}

func moment(s string) (time.Time, error) {
	t, err := time.ParseInLocation(time.DateTime, s, bidding.Shanghai())
	if err != nil {
		return time.Time{}, ErrTime.With(cut(s))
	}
	return t.UTC(), nil
}

// invent gives every row without a price the lower median of the published ones.
func invent(rows []Row) error {
	var prices []bidding.Fen
	var days []int
	for _, r := range rows {
		if !r.MadeUp {
			prices, days = append(prices, r.Price), append(days, r.Days)
		}
	}
	if len(prices) == 0 {
		return ErrEmpty.With("no bid with a price")
	}
	slices.Sort(prices)
	slices.Sort(days)
	for i := range rows {
		if rows[i].MadeUp {
			rows[i].Price, rows[i].Days = prices[(len(prices)-1)/2], days[(len(days)-1)/2]
		}
	}
	return nil
}

// cut keeps what is quoted back short.
func cut(s string) string {
	if r := []rune(s); len(r) > 40 {
		return string(r[:40]) + "…"
	}
	return s
}

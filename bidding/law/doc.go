// Package law is the law that constrains a tender, as code: dated rule sets, one small file for each rule with its article,
// and the calendar of working days. It is pure: it reads no clock and no store.
//
// Rules run twice: when a timetable is drafted, so that the tenderer sees every finding, and again before the irrevocable
// act, the announcement. A lot lives to its end under the rule set it was announced under.
//
// Sources, in short: BL 招标投标法 (2017 修正) · IR 招标投标法实施条例 (2019 修订) · E20 电子招标投标办法 (2013 年第 20 号令) · GPL 政府采购法 ·
// GPIR 政府采购法实施条例 · O87 政府采购货物和服务招标投标管理办法 (财政部令第 87 号) · C214 政府采购竞争性磋商采购方式管理暂行办法 (财库〔2014〕214 号) · CC 民法典.
package law

// Package party holds organisations (主体), the people who act for them, their certificates and roles.
//
// Registration (注册登记) is free and asks for no tender (电子招标投标办法 art. 22): a person signs an enrolment with the very
// certificate it brings; the centre's operator looks at it and grants roles. In class rehearsal bidders, tenderers, agencies and
// officers may be let in at once. Operators and supervisors are always let in by hand.
//
//	pending ──approve──> active <──resume── suspended
//	   └────refuse──> refused      └─suspend──┘
//
// The log knows a person only by a pseudonym; names and certificates stand in payloads that can be erased (个人信息保护法 art. 47).
package party
